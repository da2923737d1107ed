package io.layover.storage.s3;

import io.layover.log.Reason;
import io.layover.oci.ErrorCode;
import io.layover.oci.RegistryException;
import java.net.UnknownHostException;
import java.util.Map;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** What went wrong with S3, for people and for clients. */
final class S3Failure {
  /** After so many seconds a client may try again: whoever is slowed down should not be at once. */
  private static final int RETRY_AFTER = 5;

  private S3Failure() {}

  /** The failure itself, out of what carried it. */
  static Throwable unwrap(Throwable failure) {
    return failure instanceof CompletionException && failure.getCause() != null
        ? unwrap(failure.getCause())
        : failure;
  }

  static boolean isAbsent(Throwable failure) {
    return failure instanceof S3Exception known
        && known.statusCode() == 404
        && !"NoSuchBucket".equals(codeOf(known));
  }

  /** True if a condition of the request did not hold, or someone else was quicker. */
  static boolean isCondition(Throwable failure) {
    return failure instanceof S3Exception known
        && (known.statusCode() == 412 || known.statusCode() == 409);
  }

  /** True if it would fail again in the same way. */
  static boolean isLasting(Throwable failure) {
    return failure instanceof S3Exception known && known.statusCode() / 100 == 4;
  }

  /** What clients are told, who are not to know more than that they may come again. */
  static RegistryException unavailable(Throwable cause) {
    return new RegistryException(
        ErrorCode.UNAVAILABLE,
        "the storage cannot be used at the moment",
        Map.of("retryAfter", RETRY_AFTER),
        cause);
  }

  /** A sentence for who runs the server. */
  static String explain(Throwable failure, String bucket, Connection connection) {
    return switch (failure) {
      case S3Exception known -> explain(known, bucket, connection);
      case SdkClientException known when isAboutCredentials(known) ->
          "there are no credentials: storage.s3.accesskey and secretkey are not set, and neither"
              + " the environment, a profile, a web identity nor the machine has any";
      default -> "it cannot be reached: " + reason(failure, connection);
    };
  }

  private static String explain(S3Exception known, String bucket, Connection connection) {
    return switch (codeOf(known)) {
      case "NoSuchBucket" -> "there is no bucket " + bucket;
      case "InvalidAccessKeyId" -> "it does not know this access key";
      case "SignatureDoesNotMatch" -> "the secret key does not belong to the access key";
      case "ExpiredToken", "TokenRefreshRequired" -> "the session token has expired";
      case "InvalidToken" -> "the session token is not valid";
      case "RequestTimeTooSkewed" ->
          "this machine's clock differs too much from its own; set it right";
      case "AuthorizationHeaderMalformed", "PermanentRedirect", "IllegalLocationConstraint" ->
          "the bucket %s is not in the region %s".formatted(bucket, connection.region())
              + of(known, "x-amz-bucket-region").map(" but in "::concat).orElse("");
      case "QuotaExceeded", "XMinioStorageFull", "InsufficientCapacity" ->
          "it has no room left: " + known.awsErrorDetails().errorMessage();
      case "SlowDown", "ServiceUnavailable" -> "it asks for fewer requests";
      case "" ->
          switch (known.statusCode()) {
            case 301, 307 ->
                "the bucket %s is not in the region %s".formatted(bucket, connection.region());
            case 403 -> denied(bucket);
            default -> "it answers with status " + known.statusCode();
          };
      case "AccessDenied", "AllAccessDisabled" -> denied(bucket);
      default -> "it answers %s (status %d)".formatted(codeOf(known), known.statusCode());
    };
  }

  private static String denied(String bucket) {
    return "it denies access to the bucket %s; Layover needs s3:ListBucket,".formatted(bucket)
        + " s3:ListBucketMultipartUploads on it and s3:GetObject, s3:PutObject, s3:DeleteObject,"
        + " s3:ListMultipartUploadParts, s3:AbortMultipartUpload on what is in it";
  }

  private static java.util.Optional<String> of(S3Exception known, String header) {
    return known.awsErrorDetails().sdkHttpResponse() == null
        ? java.util.Optional.empty()
        : known.awsErrorDetails().sdkHttpResponse().firstMatchingHeader(header);
  }

  private static String codeOf(S3Exception known) {
    var details = known.awsErrorDetails();
    return details == null || details.errorCode() == null ? "" : details.errorCode();
  }

  private static boolean isAboutCredentials(SdkClientException failure) {
    return String.valueOf(failure.getMessage()).contains("Unable to load credentials");
  }

  private static String reason(@Nullable Throwable failure, Connection connection) {
    for (var cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof UnknownHostException) {
        return "no host has the name in " + connection.endpoint();
      }
    }
    return failure == null ? "for no known reason" : Reason.of(failure);
  }
}
