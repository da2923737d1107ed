package io.layover.upstream;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketException;

/** Reads an answer off a socket, however it ends. */
final class RawReader {
  private RawReader() {}

  /** The status line and the headers; less if the connection ends before. */
  static String head(InputStream in) throws IOException {
    var head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      var c = in.read();
      if (c < 0) {
        return head.toString();
      }
      head.append((char) c);
    }
    return head.toString();
  }

  /** What comes until the connection ends or breaks. */
  static byte[] rest(InputStream in) throws IOException {
    var body = new ByteArrayOutputStream();
    var chunk = new byte[8192];
    try {
      for (int n; (n = in.read(chunk)) > 0; ) {
        body.write(chunk, 0, n);
      }
    } catch (SocketException e) {
      // A reset: what came before it has been counted.
      return body.toByteArray();
    }
    return body.toByteArray();
  }
}
