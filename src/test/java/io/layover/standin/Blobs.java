package io.layover.standin;

import io.layover.oci.Digest;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Serves the bytes of blobs, and is the second host to which a registry redirects. */
final class Blobs {
  private static final Pattern RANGE = Pattern.compile("bytes=(\\d*)-(\\d*)");

  private final Map<String, Repository> repositories;
  volatile String address = "";
  volatile Duration signedFor = Duration.ofMinutes(20);
  volatile boolean ranges = true;

  Blobs(Map<String, Repository> repositories) {
    this.repositories = repositories;
  }

  /** An address of the second host, good for a while, for a path of the registry. */
  String sign(String path) {
    var signed = path.replaceFirst("^/v2/(.*)/blobs/([^:]*):", "/cdn/$1/$2/");
    var expires = Long.toString(Instant.now().plus(signedFor).toEpochMilli());
    return address
        + (signed + "?expires=" + expires)
        + ("&signature=" + signature(signed, expires));
  }

  /** The path at the registry from which a request to the second host descends; or its own. */
  static String askedFirst(String path) {
    return path.replaceFirst("^/cdn/(.*)/(sha[0-9]+)/", "/v2/$1/blobs/$2:");
  }

  /** The second host: its addresses expire, and a second authorization is an error. */
  void answer(Vertx vertx, HttpServerRequest request, SeenRequest seen, Rule rule) {
    var expires = String.valueOf(request.getParam("expires"));
    if (request.headers().contains("Authorization")) {
      Answers.xml(request.response(), rule, 400, "InvalidArgument");
    } else if (!signature(seen.path(), expires).equals(request.getParam("signature"))
        || Long.parseLong(expires) < Instant.now().toEpochMilli()) {
      Answers.xml(request.response(), rule, 403, "AccessDenied");
    } else {
      var route = Pulls.ROUTE.matcher(askedFirst(seen.path()));
      var repository = route.matches() ? repositories.get(route.group("name")) : null;
      var content = repository == null ? null : repository.blob(route.group("reference"));
      serve(vertx, request, seen, rule, content);
    }
  }

  /** Serves a blob or a part of it, here or there. */
  void serve(
      Vertx vertx,
      HttpServerRequest request,
      SeenRequest seen,
      Rule rule,
      @Nullable Content stored) {
    var response = request.response();
    if (stored == null) {
      Answers.error(response, rule, 404, "BLOB_UNKNOWN", seen.path());
      return;
    }
    var content = rule.replaceWith < 0 ? stored : Content.blank('\0', rule.replaceWith);
    response.putHeader("Content-Type", "application/octet-stream");
    response.putHeader("ETag", "\"" + stored.digest() + "\"");
    var range = RANGE.matcher(String.valueOf(request.getHeader("Range")));
    long first = 0;
    long last = content.size() - 1;
    if (ranges) {
      response.putHeader("Accept-Ranges", "bytes");
      if (range.matches()) {
        boolean suffix = range.group(1).isEmpty();
        long from = suffix ? last + 1 - number(range.group(2), 0) : number(range.group(1), 0);
        first = Math.max(0, from);
        last = suffix ? last : Math.min(last, number(range.group(2), last));
        if (first > last) {
          response.putHeader("Content-Range", "bytes */" + content.size());
          Answers.error(response, rule, 416, "RANGE_INVALID", "");
          return;
        }
        response.setStatusCode(206);
        response.putHeader("Content-Range", "bytes " + first + "-" + last + "/" + content.size());
      }
    }
    if (seen.method().equals("HEAD")) {
      response.putHeader("Content-Length", Long.toString(content.size()));
      Answers.amend(response, rule);
      response.end();
    } else {
      Body.send(vertx, request, seen, content, rule, first, last - first + 1);
    }
  }

  private static long number(String digits, long otherwise) {
    return digits.isEmpty() ? otherwise : Long.parseLong(digits);
  }

  private static String signature(String path, String expires) {
    var text = (path + expires + "secret").getBytes(StandardCharsets.UTF_8);
    return Digest.sha256(text).hex().substring(0, 16);
  }
}
