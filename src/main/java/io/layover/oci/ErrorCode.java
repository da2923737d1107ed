package io.layover.oci;

/**
 * The error codes of the API, each with its HTTP status.
 *
 * @see <a
 *     href="https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes">distribution-spec,
 *     Error Codes</a>
 */
public enum ErrorCode {
  BLOB_UNKNOWN(404, "blob unknown to registry"),
  BLOB_UPLOAD_INVALID(404, "blob upload invalid"),
  BLOB_UPLOAD_UNKNOWN(404, "blob upload unknown to registry"),
  DENIED(403, "requested access to the resource is denied"),
  DIGEST_INVALID(400, "provided digest did not match uploaded content"),
  MANIFEST_BLOB_UNKNOWN(400, "manifest references a manifest or blob unknown to registry"),
  MANIFEST_INVALID(400, "manifest invalid"),
  MANIFEST_UNKNOWN(404, "manifest unknown to registry"),
  NAME_INVALID(400, "invalid repository name"),
  NAME_UNKNOWN(404, "repository name not known to registry"),
  PAGINATION_NUMBER_INVALID(400, "invalid number of results requested"),
  RANGE_INVALID(416, "invalid content range"),
  SIZE_INVALID(400, "provided length did not match content length"),
  SIZE_TOO_LARGE(413, "content is larger than the registry accepts"),
  STORAGE_FULL(507, "the registry has no room for this"),
  TAG_INVALID(400, "manifest tag did not match URI"),
  TOOMANYREQUESTS(429, "too many requests"),
  UNAUTHORIZED(401, "authentication required"),
  UNAVAILABLE(503, "service unavailable"),
  UNKNOWN(500, "unknown error"),
  UNSUPPORTED(405, "the operation is unsupported"),
  UPSTREAM_FAILED(502, "the upstream registry failed"),
  URI_TOO_LONG(414, "the request asks for too much at once");

  private final int status;
  private final String message;

  ErrorCode(int status, String message) {
    this.status = status;
    this.message = message;
  }

  /** The HTTP status this code is sent with. */
  public int status() {
    return status;
  }

  /** The sentence that goes with the code when nothing more exact is known. */
  public String message() {
    return message;
  }

  /**
   * The code as clients know it. Four conditions have a status of their own but no code in the
   * specification, and go out under the nearest one.
   */
  public String wireCode() {
    return switch (this) {
      case SIZE_TOO_LARGE, URI_TOO_LONG -> SIZE_INVALID.name();
      case STORAGE_FULL, UPSTREAM_FAILED -> UNAVAILABLE.name();
      default -> name();
    };
  }
}
