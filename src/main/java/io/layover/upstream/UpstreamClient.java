package io.layover.upstream;

import io.layover.oci.RepositoryName;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpMethod;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Requests to one upstream. It answers challenges and follows redirects, and tells nobody but the
 * upstream itself who we are.
 */
public final class UpstreamClient {
  private final Upstream upstream;
  private final Dialer dialer;
  private final Time time;
  private final UpstreamTokens tokens;
  private final FailureLog failures;
  private final UpstreamMeters meters;
  private final Breaker breaker;
  private final Budget budget;
  private final Guard guard;
  private final Ageing ageing;

  public UpstreamClient(Upstream upstream, Dialer dialer, MeterRegistry registry) {
    this(upstream, dialer, registry, Time.SYSTEM);
  }

  UpstreamClient(Upstream upstream, Dialer dialer, MeterRegistry registry, Time time) {
    this.upstream = upstream;
    this.dialer = dialer;
    this.time = time;
    this.failures = new FailureLog(upstream.name(), time::nanos);
    this.meters = new UpstreamMeters(registry, upstream.name());
    this.tokens = new UpstreamTokens(upstream, new TokenServer(upstream, dialer), time);
    this.breaker = new Breaker(time::nanos, () -> ThreadLocalRandom.current().nextDouble());
    this.budget = new Budget(upstream.freshness().reserve(), time);
    this.guard = new Guard(upstream.offline(), breaker, budget, failures, meters, time);
    this.ageing = new Ageing(upstream.freshness(), budget, time);
    meters.watch(breaker, budget, upstream.credential());
  }

  Upstream upstream() {
    return upstream;
  }

  /** The clocks that everything about it goes by. */
  Time time() {
    return time;
  }

  /** Who writes down what goes wrong with it. */
  FailureLog failures() {
    return failures;
  }

  UpstreamMeters meters() {
    return meters;
  }

  /** What it lets us pull. */
  Budget budget() {
    return budget;
  }

  /** Whether it is well. */
  Breaker breaker() {
    return breaker;
  }

  /** Whether it is asked at all. */
  Guard guard() {
    return guard;
  }

  /** What the age of its tags means. */
  Ageing ageing() {
    return ageing;
  }

  /**
   * Asks for something below a repository.
   *
   * @param path what follows the repository's name, such as {@code manifests/latest}
   * @return the final answer, whatever its status; its body must be taken
   */
  Future<Answer> request(
      HttpMethod method, RepositoryName repository, String path, Map<String, String> headers) {
    var target = address("/v2/" + repository + "/" + path);
    var scope = "repository:" + repository + ":pull";
    return guard
        .ask(
            method,
            path,
            () ->
                tokens
                    .authorization(scope)
                    .compose(
                        authorization ->
                            send(method, target, headers, authorization, Sender.CONFIGURATION)
                                .compose(
                                    answer ->
                                        isRefused(answer, authorization)
                                            ? retry(
                                                method,
                                                target,
                                                headers,
                                                scope,
                                                authorization,
                                                answer)
                                            : Future.succeededFuture(answer))))
        .compose(answer -> followRedirects(method, target, headers, answer, 0))
        .onSuccess(answer -> failures.answered(method, answer.status()));
  }

  /** Asks whether the upstream is there at all, as a registry's clients do. */
  public Future<Integer> ping() {
    var withheld = guard.withheld(Ask.OTHER);
    return (withheld == null ? Future.<Void>succeededFuture() : Future.<Void>failedFuture(withheld))
        .compose(v -> send(HttpMethod.GET, address("/v2/"), Map.of(), null, Sender.CONFIGURATION))
        .map(
            answer -> {
              answer.discard();
              return answer.status();
            });
  }

  private URI address(String path) {
    return upstream.base().resolve(upstream.base().getPath() + path);
  }

  /** A token may also be refused with 400 once it has expired: public.ecr.aws does so. */
  private static boolean isRefused(Answer answer, @Nullable String authorization) {
    return answer.status() == 401 || (answer.status() == 400 && authorization != null);
  }

  private Future<Answer> retry(
      HttpMethod method,
      URI target,
      Map<String, String> headers,
      String scope,
      @Nullable String refused,
      Answer answer) {
    answer.discard();
    if (refused != null) {
      meters.retried("token");
    }
    return tokens
        .renew(answer, scope, refused)
        .compose(
            authorization -> send(method, target, headers, authorization, Sender.CONFIGURATION));
  }

  private Future<Answer> followRedirects(
      HttpMethod method, URI from, Map<String, String> headers, Answer answer, int hops) {
    if (!Redirects.isRedirect(answer.status())) {
      return Future.succeededFuture(answer);
    }
    answer.discard();
    if (hops == Redirects.MOST) {
      return Future.failedFuture(
          UpstreamFailure.refused(
              Refusal.REDIRECT, "it redirects more than " + Redirects.MOST + " times"));
    }
    var to = Redirects.target(from, answer.header("Location"));
    // Another host gets no Authorization: it is none of its business, and a signed address that
    // brings its own refuses a second one.
    var authorization = Redirects.sameOrigin(from, to) ? answer.authorization() : null;
    var sender = Redirects.sameOrigin(upstream.base(), to) ? Sender.CONFIGURATION : answer.sender();
    return send(method, to, headers, authorization, sender)
        .compose(next -> followRedirects(method, to, headers, next, hops + 1));
  }

  /**
   * Sends a request, and once more if the connection ended without an answer: it may have been one
   * that was kept from before, and that the other side was giving up just then.
   */
  private Future<Answer> send(
      HttpMethod method,
      URI target,
      Map<String, String> headers,
      @Nullable String authorization,
      Sender sender) {
    var all = new HashMap<>(headers);
    if (authorization != null) {
      all.put("Authorization", authorization);
    }
    var known = Redirects.sameOrigin(upstream.base(), target);
    var call = new Dialer.Call(method, target, all, sender, known);
    return dialer
        .send(call)
        .recover(
            e -> {
              if (!isConnectionLost(e.getCause())) {
                return Future.failedFuture(e);
              }
              meters.retried("connection");
              return dialer.send(call);
            });
  }

  private static boolean isConnectionLost(@Nullable Throwable cause) {
    return cause instanceof HttpClosedException
        || (cause instanceof IOException
            && !(cause instanceof ConnectException)
            && !(cause instanceof UnknownHostException));
  }
}
