package io.layover.standin;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Takes a request down, applies the rule that concerns it, and passes it on. */
final class Reception {
  private final Vertx vertx;
  private final Tokens tokens;
  private final Pulls pulls;
  private final Blobs blobs;
  final RequestLog log = new RequestLog();
  final List<Rule> rules = new CopyOnWriteArrayList<>();

  Reception(Vertx vertx, Tokens tokens, Pulls pulls, Blobs blobs) {
    this.vertx = vertx;
    this.tokens = tokens;
    this.pulls = pulls;
    this.blobs = blobs;
  }

  void receive(String server, HttpServerRequest request) {
    var seen = new SeenRequest(server, request);
    log.add(seen);
    var asked = Blobs.askedFirst(seen.path());
    boolean admitted = !server.equals("registry") || pulls.admitted(seen);
    boolean body = server.equals("cdn") ? seen.method().equals("GET") : pulls.servesBody(seen);
    var rule =
        rules.stream()
            .filter(r -> r.claims(seen, asked, admitted, body))
            .findFirst()
            .orElse(Rule.NONE);
    if (!rule.held.isComplete()) {
      request.pause();
      var here = vertx.getOrCreateContext();
      rule.held.onComplete(v -> here.runOnContext(w -> answer(request, seen, rule)));
    } else if (rule.latency.isZero()) {
      answer(request, seen, rule);
    } else {
      request.pause();
      vertx.setTimer(rule.latency.toMillis(), timer -> answer(request, seen, rule));
    }
  }

  private void answer(HttpServerRequest request, SeenRequest seen, Rule rule) {
    var response = request.response();
    var target = rule.redirectLoop ? nextHop(request, seen) : rule.redirect;
    if (rule.close) {
      Body.breakOff(request, false);
    } else if (target != null) {
      response.setStatusCode(307).putHeader("Location", target);
      Answers.amend(response, rule);
      response.end();
    } else if (rule.status != 0) {
      Answers.send(response, rule, rule.status, "text/plain", rule.body);
    } else if (!rule.hang) {
      switch (seen.server()) {
        case "token" -> tokens.answer(request, rule);
        case "cdn" -> blobs.answer(vertx, request, seen, rule);
        default -> pulls.answer(vertx, request, seen, rule);
      }
    }
  }

  private static String nextHop(HttpServerRequest request, SeenRequest seen) {
    var hop = request.getParam("hop");
    return seen.path() + "?hop=" + (hop == null ? 1 : Integer.parseInt(hop) + 1);
  }
}
