package io.layover.storage.s3;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.layover.storage.Disk;
import io.layover.storage.RecordingSink;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.pkitesting.CertificateBuilder;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.PemKeyCertOptions;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Large bodies on their way to and from a server that believes every signature. */
@Timeout(120)
class SdkTransportTest {
  private static final int SIZE = 9 << 20;
  private static final int OFFSET = 12_345;

  private final Vertx vertx = Vertx.vertx();
  private final Disk disk = new Disk(vertx, 4);
  private final byte[] content = new byte[SIZE];
  private final List<HttpConnection> connections = new CopyOnWriteArrayList<>();
  @TempDir Path directory;

  SdkTransportTest() {
    new Random(1).nextBytes(content);
  }

  @AfterEach
  void close() {
    disk.close();
    vertx.close().await();
  }

  @ParameterizedTest(name = "TLS: {0}")
  @ValueSource(booleans = {false, true})
  void aPartOfAFileArrives(boolean ssl) throws Exception {
    var received = Buffer.buffer();
    var signed = new CopyOnWriteArrayList<String>();
    var server =
        serve(
            ssl,
            request -> {
              signed.add(request.getHeader("x-amz-content-sha256"));
              request.handler(received::appendBuffer);
              request.endHandler(v -> stored(request));
            });
    try (var bucket = bucket(server, ssl);
        var file = FileChannel.open(Files.write(directory.resolve("file"), content))) {
      var head = bucket.write("key", new FileBody(disk, file, OFFSET, SIZE - 2 * OFFSET)).await();
      assertEquals(SIZE - 2 * OFFSET, head.size());
    }
    assertArrayEquals(Arrays.copyOfRange(content, OFFSET, SIZE - OFFSET), received.getBytes());
    assertEquals(List.of("UNSIGNED-PAYLOAD"), signed, "so nothing need be read twice");
  }

  @ParameterizedTest(name = "TLS: {0}")
  @ValueSource(booleans = {false, true})
  void anObjectArrivesAndTheConnectionIsUsedAgain(boolean ssl) throws Exception {
    var server = serve(ssl, request -> request.response().putHeader("ETag", "\"1\"").end(whole()));
    try (var bucket = bucket(server, ssl)) {
      var head = new Bucket.Head(SIZE, "\"1\"");
      onOneLoop(
          () -> {
            for (var i = 0; i < 3; i++) {
              var sink = new RecordingSink();
              var download = new Download(bucket, "key", head, 0, SIZE);
              download.begin().compose(v -> download.writeTo(sink)).await();
              assertArrayEquals(content, sink.bytes());
            }
          });
    }
    assertEquals(1, connections.size());
  }

  /** What is left of the body would be taken for the next request. */
  @Test
  void aConnectionIsOfNoUseOnceTheAnswerHasOvertakenTheBody() throws Exception {
    var users = new CopyOnWriteArrayList<HttpConnection>();
    var server =
        serve(
            false,
            request -> {
              users.add(request.connection());
              if (users.size() == 1) {
                request.pause();
              } else {
                request.resume();
              }
              stored(request);
            });
    try (var bucket = bucket(server, false);
        var file = FileChannel.open(Files.write(directory.resolve("file"), content))) {
      onOneLoop(
          () -> {
            bucket.write("key", new FileBody(disk, file, 0, SIZE)).await();
            bucket.write("key", new FileBody(disk, file, 0, 1)).await();
          });
    }
    assertEquals(2, users.size());
    assertNotEquals(users.getFirst(), users.getLast());
  }

  /** As Ceph 16 answers; a read that named no tag, or a wrong one, would be refused. */
  @Test
  void theTagOfACompletedObjectIsAskedForIfNeedBe() throws Exception {
    var server =
        serve(
            false,
            request -> {
              var response = request.response().putHeader("ETag", "\"tag-1\"");
              if (request.method().equals(HttpMethod.HEAD)) {
                response.putHeader("Content-Length", Integer.toString(SIZE)).end();
              } else {
                response.end(
                    "<CompleteMultipartUploadResult><ETag></ETag></CompleteMultipartUploadResult>");
              }
            });
    try (var bucket = bucket(server, false)) {
      var parts = List.of(new Multipart.Part(1, "\"part\"", SIZE));
      var head = new Multipart(bucket, "key", "upload", Instant.now()).complete(parts).await();
      assertEquals("\"tag-1\"", head.etag());
    }
  }

  private Buffer whole() {
    return Buffer.buffer(content);
  }

  private static void stored(HttpServerRequest request) {
    request.response().putHeader("ETag", "\"1\"").end();
  }

  private interface Job {
    void run() throws Exception;
  }

  /** Runs something as one context does, where connections are used again. */
  private void onOneLoop(Job job) {
    vertx
        .deployVerticle(
            (io.vertx.core.Deployable)
                context ->
                    Future.future(
                        done -> {
                          try {
                            job.run();
                            done.complete();
                          } catch (Exception e) {
                            done.fail(e);
                          }
                        }),
            new DeploymentOptions().setThreadingModel(ThreadingModel.VIRTUAL_THREAD))
        .await();
  }

  private HttpServer serve(boolean ssl, Handler<HttpServerRequest> handler) throws Exception {
    var options = new HttpServerOptions().setHost("127.0.0.1").setPort(0).setSsl(ssl);
    if (ssl) {
      var own = new CertificateBuilder().subject("CN=s3").setIsCertificateAuthority(true);
      var bundle = own.buildSelfSigned();
      options.setKeyCertOptions(
          new PemKeyCertOptions()
              .addCertValue(Buffer.buffer(bundle.getCertificatePathPEM()))
              .addKeyValue(Buffer.buffer(bundle.getPrivateKeyPEM())));
    }
    return vertx
        .createHttpServer(options)
        .connectionHandler(connections::add)
        .requestHandler(handler)
        .listen()
        .await();
  }

  private Bucket bucket(HttpServer server, boolean ssl) {
    var url = URI.create((ssl ? "https" : "http") + "://127.0.0.1:" + server.actualPort());
    var connection =
        new Connection(
            "us-east-1",
            url,
            true,
            false,
            false,
            false,
            false,
            null,
            new Connection.Keys("key", "secret", null));
    return Bucket.open(
        vertx,
        disk,
        new SimpleMeterRegistry(),
        connection,
        "images",
        new ObjectForm(false, null, null, null));
  }
}
