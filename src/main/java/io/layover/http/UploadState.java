package io.layover.http;

import io.layover.oci.ErrorCode;
import io.layover.oci.RegistryException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.UUID;
import javax.crypto.Mac;
import org.jspecify.annotations.Nullable;

/**
 * What distribution says of an upload in its {@code Location}, signed with {@code http.secret}:
 * with the same secret either program goes on with uploads that the other has begun.
 *
 * @param offset how many bytes had arrived when it was written
 */
record UploadState(String name, String id, long offset, Instant startedAt) {
  private static final int MAC_LENGTH = 32;

  /** The value of {@code _state}. */
  String sign(Key key) {
    var json =
        new JsonObject()
            .put("Name", name)
            .put("UUID", id)
            .put("Offset", offset)
            .put("StartedAt", startedAt.toString())
            .encode()
            .getBytes(StandardCharsets.UTF_8);
    var signed = Buffer.buffer(mac(key, json)).appendBytes(json);
    return Base64.getUrlEncoder().encodeToString(signed.getBytes());
  }

  /**
   * Reads the state that a client sends back.
   *
   * @throws RegistryException {@code BLOB_UPLOAD_INVALID} if it is not one of this upload that was
   *     signed with {@code key}
   */
  static UploadState verify(String text, Key key, String name, UUID id) {
    try {
      var signed = Base64.getUrlDecoder().decode(text);
      var json = Arrays.copyOfRange(signed, Math.min(MAC_LENGTH, signed.length), signed.length);
      if (MessageDigest.isEqual(
          mac(key, json), Arrays.copyOf(signed, Math.min(MAC_LENGTH, signed.length)))) {
        var object = new JsonObject(Buffer.buffer(json));
        var state =
            new UploadState(
                object.getString("Name"),
                object.getString("UUID"),
                object.getLong("Offset"),
                Instant.parse(object.getString("StartedAt")));
        if (state.name.equals(name) && state.id.equals(id.toString())) {
          return state;
        }
      }
    } catch (RuntimeException e) {
      throw invalid(e);
    }
    throw invalid(null);
  }

  private static RegistryException invalid(@Nullable Throwable cause) {
    return new RegistryException(
        ErrorCode.BLOB_UPLOAD_INVALID, "_state is not what this registry has sent", null, cause);
  }

  private static byte[] mac(Key key, byte[] json) {
    try {
      var mac = Mac.getInstance("HmacSHA256");
      mac.init(key);
      return mac.doFinal(json);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has HmacSHA256", e);
    }
  }
}
