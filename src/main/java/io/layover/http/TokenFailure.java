package io.layover.http;

import io.layover.oci.ErrorCode;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/**
 * Why there is no token, in both forms that clients read: OAuth's and the registry's.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc6749#section-5.2">RFC 6749, 5.2</a>
 */
final class TokenFailure extends RuntimeException {
  private final int status;
  private final String error;
  private final ErrorCode code;
  private final long retryAfter;

  private TokenFailure(int status, String error, ErrorCode code, String message, long retryAfter) {
    super(message, null, false, false);
    this.status = status;
    this.error = error;
    this.code = code;
    this.retryAfter = retryAfter;
  }

  static TokenFailure invalid(String message) {
    return new TokenFailure(400, "invalid_request", ErrorCode.UNSUPPORTED, message, 0);
  }

  static TokenFailure unsupportedGrant() {
    return new TokenFailure(
        400,
        "unsupported_grant_type",
        ErrorCode.UNSUPPORTED,
        "grant_type is neither password nor refresh_token",
        0);
  }

  static TokenFailure refused(String message) {
    return new TokenFailure(401, "invalid_grant", ErrorCode.UNAUTHORIZED, message, 0);
  }

  static TokenFailure limited(long retryAfter) {
    return new TokenFailure(
        429,
        "slow_down",
        ErrorCode.TOOMANYREQUESTS,
        "too many wrong passwords; try again in " + retryAfter + " s",
        retryAfter);
  }

  Future<Void> write(HttpServerResponse response, String challenge) {
    response
        .setStatusCode(status)
        .putHeader("Content-Type", "application/json")
        .putHeader("Cache-Control", "no-store");
    if (status == 401) {
      response.putHeader("WWW-Authenticate", challenge);
    }
    if (retryAfter > 0) {
      response.putHeader("Retry-After", Long.toString(retryAfter));
    }
    var error = new JsonObject().put("code", code.name()).put("message", getMessage());
    return response.end(
        new JsonObject()
            .put("error", this.error)
            .put("error_description", getMessage())
            .put("errors", new JsonArray().add(error))
            .toBuffer());
  }
}
