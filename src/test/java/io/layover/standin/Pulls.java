package io.layover.standin;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Answers the requests of a pull at the registry. */
final class Pulls {
  static final Pattern ROUTE =
      Pattern.compile(
          "/v2/(?<name>.+)/(?<kind>manifests|blobs|tags|referrers)/(?<reference>[^/]+)");

  private final Gate gate;
  private final Map<String, Repository> repositories;
  private final Blobs blobs;
  final Lists lists = new Lists();
  volatile boolean redirectBlobs = true;
  volatile boolean headOfBlobs401;
  volatile @Nullable String manifestsAt;
  volatile int limit;
  final AtomicInteger remaining = new AtomicInteger();

  Pulls(Gate gate, Map<String, Repository> repositories, Blobs blobs) {
    this.gate = gate;
    this.blobs = blobs;
    this.repositories = repositories;
  }

  /** Whether the answer of the registry has the bytes in it that the client asks for. */
  boolean servesBody(SeenRequest request) {
    return request.method().equals("GET") && !(redirectBlobs && request.path().contains("/blobs/"));
  }

  /** Whether the client has shown that it may do this. */
  boolean admitted(SeenRequest request) {
    var route = ROUTE.matcher(request.path());
    var repository = route.matches() ? route.group("name") : null;
    return gate.verdict(request.authorization(), repository) == Tokens.Verdict.GOOD;
  }

  void answer(Vertx vertx, HttpServerRequest request, SeenRequest seen, Rule rule) {
    var response = request.response().putHeader("Docker-Distribution-API-Version", "registry/2.0");
    var route = ROUTE.matcher(seen.path());
    if (seen.path().matches("/v2/?")) {
      if (gate.admits(request, rule, null)) {
        Answers.send(response, rule, 200, "application/json", Buffer.buffer("{}"));
      }
    } else if (!route.matches()) {
      Answers.error(response, rule, 404, "UNSUPPORTED", seen.path());
    } else if (gate.admits(request, rule, route.group("name"))) {
      var repository = repositories.get(route.group("name"));
      var reference = route.group("reference");
      if (repository == null) {
        Answers.error(response, rule, 404, "NAME_UNKNOWN", route.group("name"));
        return;
      }
      switch (route.group("kind")) {
        case "manifests" -> {
          if (manifestsAt == null) {
            manifest(vertx, request, seen, rule, repository, reference);
          } else {
            response.setStatusCode(307).putHeader("Location", manifestsAt + seen.path()).end();
          }
        }
        case "tags" -> lists.tags(request, rule, route.group("name"), repository);
        case "referrers" -> lists.referrers(request, rule, repository, reference);
        default -> blob(vertx, request, seen, rule, repository, reference);
      }
    }
  }

  private void manifest(
      Vertx vertx,
      HttpServerRequest request,
      SeenRequest seen,
      Rule rule,
      Repository repository,
      String reference) {
    var response = request.response();
    boolean get = request.method().name().equals("GET");
    if (limit > 0) {
      int left = get ? remaining.getAndUpdate(n -> Math.max(0, n - 1)) : remaining.get();
      if (get && left == 0) {
        Answers.send(response, rule, 429, "application/json", Buffer.buffer(Rule.PULL_LIMIT));
        return;
      }
      response.putHeader("ratelimit-limit", limit + ";w=21600");
      response.putHeader("ratelimit-remaining", (get ? left - 1 : left) + ";w=21600");
      response.putHeader("docker-ratelimit-source", "192.0.2.1");
    }
    var manifest = repository.manifest(reference);
    if (manifest == null) {
      Answers.error(response, rule, 404, "MANIFEST_UNKNOWN", reference);
      return;
    }
    response
        .putHeader("Content-Type", manifest.mediaType())
        .putHeader("Docker-Content-Digest", manifest.digest().toString())
        .putHeader("ETag", "\"" + manifest.digest() + "\"");
    var content =
        rule.replaceWith < 0 ? Content.of(manifest.bytes()) : Content.blank('{', rule.replaceWith);
    if (get) {
      Body.send(vertx, request, seen, content, rule, 0, content.size());
    } else {
      response.putHeader("Content-Length", Long.toString(content.size()));
      Answers.amend(response, rule);
      response.end();
    }
  }

  private void blob(
      Vertx vertx,
      HttpServerRequest request,
      SeenRequest seen,
      Rule rule,
      Repository repository,
      String digest) {
    var response = request.response();
    if (headOfBlobs401 && seen.method().equals("HEAD")) {
      Answers.error(response, rule, 401, "UNAUTHORIZED", digest);
    } else if (redirectBlobs && repository.blob(digest) != null) {
      response.setStatusCode(307).putHeader("Location", blobs.sign(seen.path()));
      Answers.amend(response, rule);
      response.end();
    } else {
      blobs.serve(vertx, request, seen, rule, repository.blob(digest));
    }
  }
}
