package io.layover.storage.s3;

import java.net.URI;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.client.config.SdkAdvancedAsyncClientOption;
import software.amazon.awssdk.core.client.config.SdkAdvancedClientOption;
import software.amazon.awssdk.http.async.SdkAsyncHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.LegacyMd5Plugin;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/**
 * Where S3 is, and as whom it is asked.
 *
 * @param endpoint the URL of a store that is not AWS's own
 * @param pathStyle true: the bucket stands in the path, not in the host
 * @param verify whether certificates are verified
 * @param keys absent: those of the environment, the profile, the web identity or the machine
 */
public record Connection(
    String region,
    @Nullable URI endpoint,
    boolean pathStyle,
    boolean accelerate,
    boolean dualStack,
    boolean fips,
    boolean verify,
    @Nullable String userAgent,
    @Nullable Keys keys) {

  private static final int ATTEMPTS = 4;

  /** What requests are signed with. */
  public record Keys(String access, String secret, @Nullable String session) {
    @Override
    public String toString() {
      return access;
    }
  }

  S3AsyncClient client(AwsCredentialsProvider credentials, SdkAsyncHttpClient transport) {
    var builder =
        S3AsyncClient.builder()
            .region(Region.of(region))
            .credentialsProvider(credentials)
            .httpClient(transport)
            .forcePathStyle(pathStyle)
            .accelerate(accelerate)
            .dualstackEnabled(dualStack)
            .fipsEnabled(fips)
            // Checksums that only newer servers understand are left to what demands them.
            .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
            .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
            .addPlugin(LegacyMd5Plugin.create())
            .serviceConfiguration(service -> service.expectContinueEnabled(false))
            // Everything is composed of futures that block nobody, so no other thread is needed.
            .asyncConfiguration(
                async ->
                    async.advancedOption(
                        SdkAdvancedAsyncClientOption.FUTURE_COMPLETION_EXECUTOR, Runnable::run))
            .overrideConfiguration(
                override -> {
                  override.retryStrategy(
                      AwsRetryStrategy.standardRetryStrategy().toBuilder()
                          .maxAttempts(ATTEMPTS)
                          .build());
                  if (userAgent != null) {
                    override.putAdvancedOption(
                        SdkAdvancedClientOption.USER_AGENT_SUFFIX, userAgent);
                  }
                });
    if (endpoint != null) {
      builder.endpointOverride(endpoint);
    }
    return builder.build();
  }
}
