package io.layover.storage.s3;

import io.layover.storage.Disk;
import io.layover.storage.s3.S3Meters.Operation;
import io.layover.storage.s3.S3Meters.Outcome;
import io.layover.trace.Spans;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.utils.DateUtils;

/**
 * The objects of one bucket. Futures fail with {@code UNAVAILABLE} where S3 does not do what it
 * should; that something is not there, or that a condition does not hold, is an answer.
 */
final class Bucket implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Bucket.class);
  private static final Duration SILENCE = Duration.ofSeconds(30);
  private static final long QUIET_NANOS = Duration.ofSeconds(10).toNanos();

  private final Vertx vertx;
  private final Disk disk;
  private final S3AsyncClient client;
  private final String name;
  private final ObjectForm form;
  private final Connection connection;
  private final AwsCredentialsProvider credentials;
  private final S3Meters meters;
  private String lastFailure = "";
  private long lastLogged;

  private Bucket(
      Vertx vertx,
      Disk disk,
      S3AsyncClient client,
      String name,
      ObjectForm form,
      Connection connection,
      AwsCredentialsProvider credentials,
      S3Meters meters) {
    this.vertx = vertx;
    this.disk = disk;
    this.client = client;
    this.name = name;
    this.form = form;
    this.connection = connection;
    this.credentials = credentials;
    this.meters = meters;
  }

  /**
   * Connects, which may have to wait for credentials.
   *
   * @throws software.amazon.awssdk.core.exception.SdkClientException if there are none
   */
  static Bucket open(
      Vertx vertx,
      Disk disk,
      MeterRegistry meters,
      Connection connection,
      String name,
      ObjectForm form) {
    var keys = connection.keys();
    var credentials = keys == null ? Credentials.ofChain(vertx, disk) : Credentials.of(keys);
    var transport = new SdkTransport(vertx, connection.verify(), SILENCE);
    return new Bucket(
        vertx,
        disk,
        connection.client(credentials, transport),
        name,
        form,
        connection,
        credentials,
        new S3Meters(meters));
  }

  /**
   * Asks for something; blocks until there is an answer.
   *
   * @throws IOException with a sentence that says what is wrong
   */
  void probe(String prefix) throws IOException {
    try {
      client.listObjectsV2(request -> request.bucket(name).prefix(prefix).maxKeys(1)).join();
      client
          .listMultipartUploads(request -> request.bucket(name).prefix(prefix).maxUploads(1))
          .join();
    } catch (CompletionException e) {
      throw new IOException(explain(S3Failure.unwrap(e)), e);
    }
  }

  /** Asks for something, and fails if there is no answer. */
  Future<Void> look(String prefix) {
    return call(
            Operation.LIST,
            () -> client.listObjectsV2(list -> list.bucket(name).prefix(prefix).maxKeys(1)))
        .mapEmpty();
  }

  /**
   * What is known of an object without reading it.
   *
   * @param etag changes with the content
   */
  record Head(long size, String etag) {}

  /** An object that was read whole. */
  record Whole(Buffer content, String etag) {}

  Vertx vertx() {
    return vertx;
  }

  Disk disk() {
    return disk;
  }

  S3AsyncClient client() {
    return client;
  }

  String name() {
    return name;
  }

  ObjectForm form() {
    return form;
  }

  /** Signs URLs for clients, who reach S3 at {@code host}. */
  Presigner presigner(@Nullable URI host) {
    return new Presigner(connection, credentials, name, host);
  }

  S3Meters meters() {
    return meters;
  }

  Future<@Nullable Head> head(String key) {
    return orAbsent(
        call(Operation.HEAD, () -> client.headObject(request -> request.bucket(name).key(key)))
            .map(answer -> new Head(answer.contentLength(), answer.eTag())));
  }

  /** When an object was written. */
  Future<@Nullable Instant> writtenAt(String key) {
    return orAbsent(
        call(Operation.HEAD, () -> client.headObject(request -> request.bucket(name).key(key)))
            .map(HeadObjectResponse::lastModified));
  }

  /** How long ago an object was written, by S3's own clock. */
  Future<@Nullable Duration> age(String key) {
    return orAbsent(
        call(Operation.HEAD, () -> client.headObject(request -> request.bucket(name).key(key)))
            .map(
                answer ->
                    Duration.between(
                        answer.lastModified(),
                        answer
                            .sdkHttpResponse()
                            .firstMatchingHeader("Date")
                            .map(DateUtils::parseRfc822Date)
                            .orElseGet(Instant::now))));
  }

  /** The whole of a small object; fails if it has more bytes than {@code limit}. */
  Future<@Nullable Whole> read(String key, long limit) {
    return orAbsent(
        call(
            Operation.GET,
            () ->
                client.getObject(
                    request -> request.bucket(name).key(key), new SmallBody(key, limit))));
  }

  /** Stores a small object, whatever was there before. */
  Future<Head> write(String key, Buffer content) {
    return call(
            Operation.PUT,
            () ->
                client.putObject(
                    put -> form.apply(put.bucket(name).key(key)),
                    AsyncRequestBody.fromBytesUnsafe(content.getBytes())))
        .map(answer -> new Head(content.length(), answer.eTag()));
  }

  /** Stores an object that S3 takes at once. */
  Future<Head> write(String key, FileBody content) {
    return call(
            Operation.PUT,
            () ->
                client.putObject(
                    put ->
                        form.apply(put.bucket(name).key(key)).overrideConfiguration(content::ask),
                    content))
        .map(answer -> new Head(content.length(), answer.eTag()));
  }

  /**
   * Stores a small object in the place of the one with {@code etag}, or only where there is none.
   *
   * @return the new object's etag; null if something else is there
   */
  Future<@Nullable String> writeIf(String key, Buffer content, @Nullable String etag) {
    return call(
            Operation.PUT,
            () ->
                client.putObject(
                    put ->
                        form.apply(put.bucket(name).key(key))
                            .ifMatch(etag)
                            .ifNoneMatch(etag == null ? "*" : null),
                    AsyncRequestBody.fromBytesUnsafe(content.getBytes())))
        .<@Nullable String>map(answer -> answer.eTag())
        .recover(
            e ->
                S3Failure.isCondition(e) || S3Failure.isAbsent(e)
                    ? Future.succeededFuture()
                    : Future.failedFuture(e));
  }

  /** Deletes an object; one that is not there is no failure. */
  Future<Void> delete(String key) {
    return call(
            Operation.DELETE, () -> client.deleteObject(request -> request.bucket(name).key(key)))
        .recover(e -> S3Failure.isAbsent(e) ? Future.succeededFuture() : Future.failedFuture(e))
        .mapEmpty();
  }

  /** Null instead of what is not there. */
  static <T> Future<@Nullable T> orAbsent(Future<T> answer) {
    return answer
        .<@Nullable T>map(found -> found)
        .recover(e -> S3Failure.isAbsent(e) ? Future.succeededFuture() : Future.failedFuture(e));
  }

  /** Sends a request, counts it, and brings the answer to the caller's context. */
  <T> Future<T> call(Operation operation, Supplier<CompletableFuture<T>> request) {
    return Spans.within(operation.step, e -> !isAnswer(e), () -> callAtOnce(operation, request));
  }

  private <T> Future<T> callAtOnce(Operation operation, Supplier<CompletableFuture<T>> request) {
    var begin = System.nanoTime();
    CompletableFuture<T> answer;
    try {
      answer = request.get();
    } catch (RuntimeException e) {
      // A request that the SDK does not even send.
      answer = CompletableFuture.failedFuture(e);
    }
    var context = Vertx.currentContext();
    var future =
        context == null
            ? Future.fromCompletionStage(answer)
            : Future.fromCompletionStage(answer, context);
    return future.transform(
        done -> {
          var failure = done.failed() ? S3Failure.unwrap(done.cause()) : null;
          meters.count(operation, outcome(failure), System.nanoTime() - begin);
          return failure == null
              ? Future.succeededFuture(done.result())
              : Future.failedFuture(known(failure));
        });
  }

  private static Outcome outcome(@Nullable Throwable failure) {
    if (failure == null) {
      return Outcome.OK;
    }
    return S3Failure.isAbsent(failure)
        ? Outcome.ABSENT
        : S3Failure.isCondition(failure) ? Outcome.REFUSED : Outcome.FAILED;
  }

  private static boolean isAnswer(Throwable failure) {
    return S3Failure.isAbsent(failure) || S3Failure.isCondition(failure);
  }

  /** Answers remain what they are; trouble is told to the log, and to clients as such. */
  Throwable known(Throwable failure) {
    if (isAnswer(failure)) {
      return failure;
    }
    var sentence = explain(failure);
    synchronized (this) {
      var now = System.nanoTime();
      if (!sentence.equals(lastFailure) || now - lastLogged > QUIET_NANOS) {
        LOG.error("S3: {}", sentence);
        lastFailure = sentence;
        lastLogged = now;
      }
    }
    return S3Failure.unavailable(failure);
  }

  /** A sentence for who runs the server. */
  String explain(Throwable failure) {
    return S3Failure.explain(failure, name, connection);
  }

  @Override
  public void close() {
    client.close();
  }
}
