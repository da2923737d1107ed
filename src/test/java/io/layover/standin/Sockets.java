package io.layover.standin;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A port on loopback, and a thread for each connection to it. */
final class Sockets implements AutoCloseable {
  /** Serves a connection, which is closed afterwards; fails when the other side leaves. */
  interface Service {
    void serve(Socket socket) throws IOException;
  }

  private final ServerSocket server;
  private final Service service;
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();

  private Sockets(ServerSocket server, Service service) {
    this.server = server;
    this.service = service;
  }

  static Sockets serve(Service service) throws IOException {
    var sockets = new Sockets(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), service);
    Thread.ofVirtual().start(sockets::accept);
    return sockets;
  }

  int port() {
    return server.getLocalPort();
  }

  private void accept() {
    try {
      while (!server.isClosed()) {
        var socket = server.accept();
        sockets.add(socket);
        Thread.ofVirtual().start(() -> serve(socket));
      }
    } catch (IOException e) {
      // Closed, which ends it.
      sockets.forEach(Sockets::close);
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      service.serve(socket);
    } catch (IOException e) {
      // The other side has had enough.
      close(socket);
    }
  }

  static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // It is gone, as it should be.
      return;
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    sockets.forEach(Sockets::close);
  }
}
