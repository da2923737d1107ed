package io.layover.standin;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** Short answers. */
final class Answers {
  private Answers() {}

  static void send(HttpServerResponse response, Rule rule, int status, String type, Buffer body) {
    response.setStatusCode(status).putHeader("Content-Type", type);
    response.putHeader("Content-Length", Integer.toString(body.length()));
    amend(response, rule);
    response.end(body);
  }

  static void error(
      HttpServerResponse response, Rule rule, int status, String code, Object detail) {
    var error = new JsonObject().put("code", code).put("message", code).put("detail", detail);
    var body = new JsonObject().put("errors", new JsonArray().add(error));
    send(response, rule, status, "application/json", body.toBuffer());
  }

  /** An error as storage services word it. */
  static void xml(HttpServerResponse response, Rule rule, int status, String code) {
    var body = Buffer.buffer("<Error><Code>" + code + "</Code></Error>");
    send(response, rule, status, "application/xml", body);
  }

  /** Sets the headers of the rule, and removes those it sets to nothing. */
  static void amend(HttpServerResponse response, Rule rule) {
    rule.headers.forEach(
        (name, value) -> {
          if (value.isEmpty()) {
            response.headers().remove(name);
          } else {
            response.headers().set(name, value);
          }
        });
  }
}
