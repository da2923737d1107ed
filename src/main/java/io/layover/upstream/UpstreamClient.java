package io.layover.upstream;

import io.layover.oci.RepositoryName;
import io.layover.upstream.UpstreamFailure.Kind;
import io.vertx.core.Future;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.net.URI;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Requests to one upstream. It answers challenges and follows redirects, and tells nobody but the
 * upstream itself who we are.
 */
public final class UpstreamClient {
  private static final int MOST_REDIRECTS = 5;

  private final Upstream upstream;
  private final HttpClient client;
  private final UpstreamTokens tokens;

  public UpstreamClient(Upstream upstream, HttpClient client) {
    this.upstream = upstream;
    this.client = client;
    this.tokens = new UpstreamTokens(upstream, client);
  }

  Upstream upstream() {
    return upstream;
  }

  /**
   * Asks for something below a repository.
   *
   * @param path what follows the repository's name, such as {@code manifests/latest}
   * @return the final response, paused, whatever its status; its body must be read or discarded
   */
  Future<HttpClientResponse> request(
      HttpMethod method, RepositoryName repository, String path, Map<String, String> headers) {
    var target =
        upstream.base().resolve(upstream.base().getPath() + "/v2/" + repository + "/" + path);
    var scope = "repository:" + repository + ":pull";
    return unlessOffline()
        .compose(v -> tokens.authorization(scope))
        .compose(
            authorization ->
                send(method, target, headers, authorization)
                    .compose(
                        response ->
                            isRefused(response, authorization)
                                ? retry(method, target, headers, scope, authorization, response)
                                : Future.succeededFuture(response)))
        .compose(response -> followRedirects(method, target, headers, response, 0));
  }

  /** Asks whether the upstream is there at all, as a registry's clients do. */
  public Future<Integer> ping() {
    return unlessOffline()
        .compose(
            v ->
                send(
                    HttpMethod.GET,
                    upstream.base().resolve(upstream.base().getPath() + "/v2/"),
                    Map.of(),
                    null))
        .map(
            response -> {
              Responses.discard(response);
              return response.statusCode();
            });
  }

  private Future<Void> unlessOffline() {
    return upstream.offline()
        ? Future.failedFuture(
            new UpstreamFailure(Kind.UNAVAILABLE, "proxy.offline is set, so it is not called"))
        : Future.succeededFuture();
  }

  /** A token may also be refused with 400 once it has expired: public.ecr.aws does so. */
  private static boolean isRefused(HttpClientResponse response, @Nullable String authorization) {
    return response.statusCode() == 401 || (response.statusCode() == 400 && authorization != null);
  }

  private Future<HttpClientResponse> retry(
      HttpMethod method,
      URI target,
      Map<String, String> headers,
      String scope,
      @Nullable String refused,
      HttpClientResponse response) {
    Responses.discard(response);
    return tokens
        .renew(response.headers().getAll("WWW-Authenticate"), scope, refused)
        .compose(authorization -> send(method, target, headers, authorization));
  }

  private Future<HttpClientResponse> followRedirects(
      HttpMethod method,
      URI from,
      Map<String, String> headers,
      HttpClientResponse response,
      int hops) {
    if (!List.of(301, 302, 303, 307, 308).contains(response.statusCode())) {
      return Future.succeededFuture(response);
    }
    Responses.discard(response);
    if (hops == MOST_REDIRECTS) {
      return failed("it redirects more than " + MOST_REDIRECTS + " times");
    }
    URI to;
    try {
      to = from.resolve(String.valueOf(response.getHeader("Location")));
    } catch (IllegalArgumentException e) {
      return failed("it redirects to something that is not an address");
    }
    if (to.getHost() == null || !List.of("http", "https").contains(to.getScheme())) {
      return failed("it redirects to something that is not a web address");
    }
    if (from.getScheme().equals("https") && !to.getScheme().equals("https")) {
      return failed("it redirects from https to http");
    }
    // Another host gets no Authorization: it is none of its business, and a signed address that
    // brings its own refuses a second one.
    return send(method, to, headers, sameOrigin(from, to) ? authorizationOf(response) : null)
        .compose(next -> followRedirects(method, to, headers, next, hops + 1));
  }

  private static boolean sameOrigin(URI a, URI b) {
    return a.getScheme().equals(b.getScheme())
        && a.getHost().equalsIgnoreCase(b.getHost())
        && port(a) == port(b);
  }

  private static @Nullable String authorizationOf(HttpClientResponse response) {
    return response.request().headers().get("Authorization");
  }

  private static int port(URI uri) {
    return uri.getPort() >= 0 ? uri.getPort() : uri.getScheme().equals("https") ? 443 : 80;
  }

  private static <T> Future<T> failed(String message) {
    return Future.failedFuture(new UpstreamFailure(Kind.BROKEN, message));
  }

  private Future<HttpClientResponse> send(
      HttpMethod method, URI target, Map<String, String> headers, @Nullable String authorization) {
    var options = new RequestOptions().setMethod(method).setAbsoluteURI(target.toString());
    headers.forEach(options::putHeader);
    options.putHeader("User-Agent", "Layover");
    if (authorization != null) {
      options.putHeader("Authorization", authorization);
    }
    return Responses.send(client, options)
        .recover(
            e ->
                Future.failedFuture(
                    new UpstreamFailure(
                        Kind.UNAVAILABLE, target.getHost() + " cannot be reached", e)));
  }
}
