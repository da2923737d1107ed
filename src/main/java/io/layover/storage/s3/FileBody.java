package io.layover.storage.s3;

import io.layover.storage.Disk;
import io.layover.storage.Pump;
import io.layover.storage.s3.RequestBody.Progress;
import io.vertx.core.Future;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.net.impl.VertxConnection;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Optional;
import org.reactivestreams.Subscriber;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.http.SdkHttpExecutionAttribute;

/**
 * A part of a file as the body of a request, beside the SDK, which signs no bodies. It is read as
 * it is sent, and again if it is sent again.
 */
record FileBody(Disk disk, FileChannel channel, long offset, long length)
    implements AsyncRequestBody {
  /** With this, a request says what its body is. */
  static final SdkHttpExecutionAttribute<FileBody> BODY =
      new SdkHttpExecutionAttribute<>(FileBody.class) {};

  private static final long PIECE = 512 << 10;

  /** Makes a request one that is sent so. */
  void ask(AwsRequestOverrideConfiguration.Builder request) {
    Exchange.tell(request, BODY, this);
  }

  @Override
  public Optional<Long> contentLength() {
    return Optional.of(length);
  }

  @Override
  public void subscribe(Subscriber<? super ByteBuffer> subscriber) {
    throw new IllegalStateException("a file is not sent through the SDK");
  }

  /** Sends it as a request whose head is complete. */
  Future<Void> send(HttpClientRequest request, VertxConnection connection, Progress progress) {
    return request
        .sendHead()
        .compose(
            v ->
                connection.isSsl()
                    ? Pump.copy((at, target) -> read(at, target, progress), request, offset, length)
                    : sendFrom(connection, offset, progress))
        .compose(v -> request.end());
  }

  private Future<Integer> read(long position, ByteBuffer target, Progress progress) {
    progress.sign(true);
    return disk.run(() -> channel.read(target, position));
  }

  /** The kernel takes it from its cache. */
  private Future<Void> sendFrom(VertxConnection connection, long position, Progress progress) {
    var left = offset + length - position;
    if (left == 0) {
      return Future.succeededFuture();
    }
    var count = Math.min(PIECE, left);
    var written = connection.context().<Void>promise();
    connection.sendFile(channel, position, count).addListener(written);
    return written
        .future()
        .compose(
            v -> {
              progress.sign(true);
              return sendFrom(connection, position + count, progress);
            });
  }
}
