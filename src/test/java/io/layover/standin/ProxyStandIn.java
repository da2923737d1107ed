package io.layover.standin;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * A forward proxy on loopback: CONNECT, requests for whole URLs, and SOCKS 5. To it every host is
 * this machine, so that names can be used that nobody else knows.
 */
public final class ProxyStandIn implements AutoCloseable {
  private final Sockets sockets;
  private final @Nullable String authorization;
  private final List<String> asked = new CopyOnWriteArrayList<>();

  private ProxyStandIn(@Nullable String authorization) throws IOException {
    this.authorization = authorization;
    sockets = Sockets.serve(this::serve);
  }

  /** Open to everybody. */
  public static ProxyStandIn start() throws IOException {
    return new ProxyStandIn(null);
  }

  /** Only for this user, when asked by HTTP. */
  public static ProxyStandIn start(String user, String password) throws IOException {
    var pair = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
    return new ProxyStandIn("Basic " + Base64.getEncoder().encodeToString(pair));
  }

  /** As in {@code host:port}. */
  public String address() {
    return "127.0.0.1:" + sockets.port();
  }

  /**
   * Whom it was asked to connect to, as {@code CONNECT host:port}, {@code GET …}, {@code SOCKS …}.
   */
  public List<String> asked() {
    return List.copyOf(asked);
  }

  private void serve(Socket socket) throws IOException {
    var in = new BufferedInputStream(socket.getInputStream());
    in.mark(1);
    var first = in.read();
    in.reset();
    if (first == 5) {
      socks(socket, in);
    } else {
      http(socket, in);
    }
  }

  private void http(Socket socket, InputStream in) throws IOException {
    var head = head(in);
    var words = head.substring(0, head.indexOf("\r\n")).split(" ", -1);
    var connect = words[0].equals("CONNECT");
    var target = connect ? URI.create("//" + words[1]) : URI.create(words[1]);
    var port = target.getPort() < 0 ? 80 : target.getPort();
    asked.add((connect ? "CONNECT " : "GET ") + target.getHost() + ":" + port);
    var out = socket.getOutputStream();
    if (authorization != null
        && !head.toLowerCase(java.util.Locale.ROOT)
            .contains(
                "\r\nproxy-authorization: " + authorization.toLowerCase(java.util.Locale.ROOT))) {
      out.write(
          "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
              .getBytes(StandardCharsets.ISO_8859_1));
      return;
    }
    try (var there = new Socket(InetAddress.getLoopbackAddress(), port)) {
      if (connect) {
        out.write("HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
      } else {
        there.getOutputStream().write(head.getBytes(StandardCharsets.ISO_8859_1));
      }
      join(socket, in, there);
    }
  }

  private static String head(InputStream in) throws IOException {
    var head = new ByteArrayOutputStream();
    while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
      var b = in.read();
      if (b < 0) {
        throw new IOException("ended");
      }
      head.write(b);
    }
    return head.toString(StandardCharsets.ISO_8859_1);
  }

  private void socks(Socket socket, InputStream stream) throws IOException {
    var in = new DataInputStream(stream);
    var out = socket.getOutputStream();
    in.readByte();
    in.readFully(new byte[in.readByte()]);
    out.write(new byte[] {5, 0});
    in.readFully(new byte[4]);
    var host = new byte[in.readByte()];
    in.readFully(host);
    var port = in.readUnsignedShort();
    asked.add("SOCKS " + new String(host, StandardCharsets.US_ASCII) + ":" + port);
    try (var there = new Socket(InetAddress.getLoopbackAddress(), port)) {
      out.write(new byte[] {5, 0, 0, 1, 0, 0, 0, 0, 0, 0});
      join(socket, in, there);
    }
  }

  private static void join(Socket client, InputStream in, Socket there) throws IOException {
    var back = Thread.ofVirtual().start(() -> copy(there, client));
    copy(in, there.getOutputStream());
    there.shutdownOutput();
    try {
      back.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void copy(Socket from, Socket to) {
    try {
      copy(from.getInputStream(), to.getOutputStream());
    } catch (IOException e) {
      // Either side has left.
      Sockets.close(from);
    }
    Sockets.close(to);
  }

  private static void copy(InputStream from, OutputStream to) throws IOException {
    from.transferTo(to);
    to.flush();
  }

  @Override
  public void close() throws IOException {
    sockets.close();
  }
}
