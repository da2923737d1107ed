package io.layover.http;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A connection that sends exactly what a test says, and reads the answer only when told to. */
final class RawClient implements AutoCloseable {
  private final Socket socket;

  RawClient(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(10_000);
  }

  void write(String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** The answer's head, and what has come of its body with it. */
  String answer() throws IOException {
    var bytes = new byte[1 << 16];
    var count = 0;
    var text = "";
    while (!text.contains("\r\n\r\n")) {
      var read = socket.getInputStream().read(bytes, count, bytes.length - count);
      if (read < 0) {
        break;
      }
      count += read;
      text = new String(bytes, 0, count, StandardCharsets.ISO_8859_1);
    }
    return text;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
