package io.layover.storage.s3;

import io.layover.storage.Disk;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;

/**
 * What requests are signed with. The default chain asks files and servers, and waits for them, so
 * it is asked by a thread that may wait; whoever signs a request takes what was last heard.
 */
final class Credentials implements AwsCredentialsProvider, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Credentials.class);
  private static final Duration INTERVAL = Duration.ofSeconds(20);

  private final DefaultCredentialsProvider chain;
  private final Vertx vertx;
  private final Disk disk;
  private final long timer;
  private volatile AwsCredentials current;

  private Credentials(DefaultCredentialsProvider chain, Vertx vertx, Disk disk) {
    this.chain = chain;
    this.vertx = vertx;
    this.disk = disk;
    this.current = chain.resolveCredentials();
    this.timer = vertx.setPeriodic(INTERVAL.toMillis(), t -> refresh());
  }

  /** Those that were configured. */
  static AwsCredentialsProvider of(Connection.Keys keys) {
    return StaticCredentialsProvider.create(
        keys.session() == null
            ? AwsBasicCredentials.create(keys.access(), keys.secret())
            : AwsSessionCredentials.create(keys.access(), keys.secret(), keys.session()));
  }

  /**
   * Those of the environment, the profile, the web identity or the machine; blocks until they are
   * there.
   *
   * @throws software.amazon.awssdk.core.exception.SdkClientException if there are none
   */
  static Credentials ofChain(Vertx vertx, Disk disk) {
    var chain = DefaultCredentialsProvider.builder().asyncCredentialUpdateEnabled(true).build();
    return new Credentials(chain, vertx, disk);
  }

  /** The chain keeps what it was told until shortly before that expires. */
  private Future<AwsCredentials> refresh() {
    return disk.run(chain::resolveCredentials)
        .onSuccess(fresh -> current = fresh)
        .onFailure(e -> LOG.warn("there are no new credentials for S3: {}", e.getMessage()));
  }

  @Override
  public AwsCredentials resolveCredentials() {
    return current;
  }

  @Override
  public void close() {
    vertx.cancelTimer(timer);
    chain.close();
  }
}
