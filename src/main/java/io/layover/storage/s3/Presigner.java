package io.layover.storage.s3;

import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Configuration;
import software.amazon.awssdk.services.s3.presigner.S3Presigner;

/** Makes URLs under which anyone can read one object for a while. */
final class Presigner implements AutoCloseable {
  /** As in distribution: enough for a client that queues its downloads. */
  private static final Duration VALID = Duration.ofMinutes(20);

  private final S3Presigner presigner;
  private final String bucket;

  /**
   * @param host where clients reach S3; absent: where it is reached from here
   */
  Presigner(
      Connection connection,
      AwsCredentialsProvider credentials,
      String bucket,
      @Nullable URI host) {
    var builder =
        S3Presigner.builder()
            .region(Region.of(connection.region()))
            .credentialsProvider(credentials)
            .dualstackEnabled(connection.dualStack())
            .fipsEnabled(connection.fips())
            .serviceConfiguration(
                S3Configuration.builder()
                    .pathStyleAccessEnabled(connection.pathStyle())
                    .accelerateModeEnabled(connection.accelerate())
                    .build());
    var endpoint = host == null ? connection.endpoint() : host;
    if (endpoint != null) {
      builder.endpointOverride(endpoint);
    }
    this.presigner = builder.build();
    this.bucket = bucket;
  }

  String sign(String key) {
    return presigner
        .presignGetObject(
            sign ->
                sign.signatureDuration(VALID).getObjectRequest(get -> get.bucket(bucket).key(key)))
        .url()
        .toString();
  }

  @Override
  public void close() {
    presigner.close();
  }
}
