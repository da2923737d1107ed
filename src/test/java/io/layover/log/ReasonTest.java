package io.layover.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.ConnectTimeoutException;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.ServerSocket;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReasonTest {
  static Stream<Arguments> exceptions() {
    return Stream.of(
        Arguments.of(
            "connection refused",
            new IOException(
                "finishConnect(..) failed with error(-111): Connection refused: /127.0.0.1:5901")),
        Arguments.of(
            "no route to host",
            new IOException("finishConnect(..) failed with error(-113): No route to host: /a:1")),
        Arguments.of("address already in use", new BindException("Address already in use")),
        Arguments.of(
            "address already in use",
            new IOException("bind(..) failed with error(-98): Address already in use")),
        Arguments.of(
            "permission denied",
            new IOException("bind(..) failed with error(-13): Permission denied")),
        Arguments.of("connection reset", new SocketException("Connection reset")),
        Arguments.of(
            "connection reset",
            new IOException("recvAddress(..) failed with error(-104): Connection reset by peer")),
        Arguments.of("connection closed", new HttpClosedException("Connection was closed")),
        Arguments.of("connection closed", new ClosedChannelException()),
        Arguments.of(
            "no connection", new ConnectException().initCause(new ClosedChannelException())),
        Arguments.of("connection closed", new EOFException()),
        Arguments.of("the server is stopping", new RejectedExecutionException("Task 0 rejected")),
        Arguments.of(
            "unknown host registry-1.docker.io",
            new UnknownHostException("Failed to resolve 'registry-1.docker.io' [A(1), AAAA(28)]")),
        Arguments.of(
            "unknown host no.such.host",
            new UnknownHostException("no.such.host: Name or service not known")),
        Arguments.of("unknown host no.such.host", new UnknownHostException("no.such.host")),
        Arguments.of("unknown host", new UnknownHostException()),
        Arguments.of(
            "no answer within 20 s",
            new TimeoutException("The timeout period of 20000ms has been exceeded")),
        Arguments.of(
            "no connection within 1500 ms",
            new TimeoutException(
                "The timeout of 1500 ms has been exceeded when getting a connection to a:443")),
        Arguments.of("no answer in time", new TimeoutException()),
        Arguments.of(
            "no connection within 10 s",
            new ConnectTimeoutException("connection timed out after 10000 ms: a/192.0.2.1:443")),
        Arguments.of(
            "its certificate is not trusted",
            new SSLHandshakeException("PKIX path building failed")
                .initCause(new CertPathBuilderException("unable to find valid path"))),
        Arguments.of(
            "its certificate is not good: No name matching a found",
            new SSLException("handshake", new CertificateException("No name matching a found"))),
        Arguments.of("TLS failed: not an SSL record", new SSLException("not an SSL record")),
        Arguments.of("permission denied (/data/x)", new AccessDeniedException("/data/x")),
        Arguments.of("no such file or directory (/data)", new NoSuchFileException("/data")),
        Arguments.of("not a directory (/data)", new NotDirectoryException("/data")),
        Arguments.of(
            "read-only file system (/data)",
            new FileSystemException("/data", null, "Read-only file system")),
        Arguments.of("no space left on device", new IOException("No space left on device")),
        Arguments.of(
            "connection refused",
            new IllegalStateException(
                "it did not work",
                new UncheckedIOException(new IOException("Connection refused")))),
        Arguments.of("something odd", new IllegalStateException("something odd\nat length")),
        Arguments.of("IllegalStateException", new IllegalStateException()),
        Arguments.of("the root", new IllegalStateException("x", new IOException("the root"))));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("exceptions")
  void saysItShort(String words, Throwable e) {
    assertEquals(words, Reason.of(e));
  }

  @Test
  void endsWhereCausesGoRound() {
    var a = new IllegalStateException("a");
    a.initCause(new IllegalStateException("b", a));
    assertTrue(Reason.of(a).length() == 1);
  }

  /** The real ones, as each transport throws them. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void knowsWhatConnectionsFailWith(boolean nativeTransport) throws Exception {
    var vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(nativeTransport));
    try {
      int port;
      try (var taken = new ServerSocket(0)) {
        port = taken.getLocalPort();
        assertEquals("address already in use", reasonOfListening(vertx, port));
      }
      assertEquals("connection refused", reasonOfAsking(vertx, "127.0.0.1", port));
      assertTrue(
          reasonOfAsking(vertx, "no-such-host.invalid", 80)
              .startsWith("unknown host no-such-host.invalid"));
    } finally {
      vertx.close().await();
    }
  }

  private static String reasonOfListening(Vertx vertx, int port) {
    var server = vertx.createHttpServer().requestHandler(request -> {});
    return Reason.of(assertThrows(Exception.class, () -> server.listen(port, "127.0.0.1").await()));
  }

  private static String reasonOfAsking(Vertx vertx, String host, int port) {
    var request = new RequestOptions().setMethod(HttpMethod.GET).setHost(host).setPort(port);
    var client = vertx.createHttpClient();
    return Reason.of(assertThrows(Exception.class, () -> client.request(request).await()));
  }

  @Test
  void knowsWhatFilesFailWith(@TempDir Path root) throws Exception {
    var file = Files.createFile(root.resolve("file"));
    var e = assertThrows(IOException.class, () -> Files.createDirectories(file.resolve("a/b")));
    assertEquals("not a directory (" + file + "/a)", Reason.of(e));
  }
}
