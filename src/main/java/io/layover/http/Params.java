package io.layover.http;

import io.layover.oci.Digest;
import io.layover.oci.ErrorCode;
import io.layover.oci.Excerpt;
import io.layover.oci.ImageName;
import io.layover.oci.Reference;
import io.layover.oci.RegistryException;
import io.layover.oci.RepositoryName;
import io.vertx.ext.web.RoutingContext;
import java.util.Objects;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What requests say, parsed. Everything behind this class is a valid value. */
final class Params {
  private static final Pattern UUID_FORM =
      Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");
  private static final Pattern NUMBER = Pattern.compile("0*([0-9]+)");
  private static final Pattern CHUNK = Pattern.compile("([0-9]{1,18})-([0-9]{1,18})");

  private static final String PATH = Path.class.getName();

  private Params() {}

  /** Notes what the path names, for all that follows. */
  static void path(RoutingContext ctx, Path path) {
    ctx.put(PATH, path);
  }

  private static Path path(RoutingContext ctx) {
    return Objects.requireNonNull(ctx.get(PATH));
  }

  /** The repository in the path, or of the image in {@code ref} where the path names none. */
  static RepositoryName name(RoutingContext ctx) {
    var inPath = path(ctx).repository();
    return inPath == null ? image(ctx).name() : RepositoryName.parse(inPath);
  }

  /** The image that {@code ref} names, as people write it. */
  static ImageName image(RoutingContext ctx) {
    var text = query(ctx, "ref");
    if (text == null || text.isEmpty()) {
      throw new RegistryException(
          ErrorCode.NAME_INVALID, "ref must name an image, as in ?ref=library/alpine:latest");
    }
    return ImageName.parse(text);
  }

  static Digest digest(RoutingContext ctx) {
    return Digest.parse(path(ctx).rest());
  }

  static Reference reference(RoutingContext ctx) {
    return Reference.parse(path(ctx).rest());
  }

  static UUID upload(RoutingContext ctx) {
    var text = path(ctx).rest();
    if (!UUID_FORM.matcher(text).matches()) {
      throw new RegistryException(
          ErrorCode.BLOB_UPLOAD_UNKNOWN, "there is no such upload", Excerpt.of(text));
    }
    return UUID.fromString(text);
  }

  /** A query parameter, or null. */
  static @Nullable String query(RoutingContext ctx, String name) {
    var values = ctx.queryParam(name);
    return values.isEmpty() ? null : values.getFirst();
  }

  /** The {@code digest} query parameter, which must be there. */
  static Digest queryDigest(RoutingContext ctx) {
    var text = query(ctx, "digest");
    if (text == null) {
      throw new RegistryException(ErrorCode.DIGEST_INVALID, "the digest parameter is missing");
    }
    return Digest.parse(text);
  }

  /**
   * The {@code n} of a list, at most {@code most}.
   *
   * @param absent what to take if there is none
   */
  static int limit(RoutingContext ctx, int absent, int most) {
    var text = query(ctx, "n");
    if (text == null) {
      return absent;
    }
    var m = NUMBER.matcher(text);
    if (!m.matches()) {
      throw new RegistryException(
          ErrorCode.PAGINATION_NUMBER_INVALID, "n must be a number, 0 or more", Excerpt.of(text));
    }
    var digits = m.group(1);
    return digits.length() > 9 ? most : Math.min(Integer.parseInt(digits), most);
  }

  /** The first offset of a pushed chunk, or null if the request does not say. */
  static @Nullable Long chunkStart(RoutingContext ctx) {
    var text = ctx.request().getHeader("Content-Range");
    if (text == null) {
      return null;
    }
    var m = CHUNK.matcher(text.strip());
    if (!m.matches()) {
      throw new RegistryException(
          ErrorCode.RANGE_INVALID, "Content-Range must be <start>-<end>", Excerpt.of(text));
    }
    var start = Long.parseLong(m.group(1));
    var length = ctx.request().getHeader("Content-Length");
    if (length != null && !length.equals(Long.toString(Long.parseLong(m.group(2)) - start + 1))) {
      throw new RegistryException(
          ErrorCode.SIZE_INVALID,
          "Content-Range " + Excerpt.of(text) + " does not have Content-Length " + length);
    }
    return start;
  }
}
