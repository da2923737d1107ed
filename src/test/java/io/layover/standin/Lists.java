package io.layover.standin;

import io.layover.oci.MediaTypes;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;

/** Answers with lists, page by page. */
final class Lists {
  volatile int mostOnPage = Integer.MAX_VALUE;
  volatile boolean backwards;
  volatile boolean referrersApi;

  void tags(HttpServerRequest request, Rule rule, String name, Repository repository) {
    var tags = new ArrayList<String>();
    repository.tags().forEach(tags::add);
    if (backwards) {
      Collections.reverse(tags);
    }
    var page = page(request, tags, tag -> tag);
    var body = new JsonObject().put("name", name).put("tags", new JsonArray(page));
    Answers.send(request.response(), rule, 200, "application/json", body.toBuffer());
  }

  void referrers(HttpServerRequest request, Rule rule, Repository repository, String subject) {
    if (!referrersApi) {
      Answers.send(
          request.response(),
          rule,
          404,
          "text/plain",
          io.vertx.core.buffer.Buffer.buffer("404 page not found"));
      return;
    }
    var page = page(request, repository.referrers(subject), d -> d.getString("digest"));
    var index =
        new JsonObject()
            .put("schemaVersion", 2)
            .put("mediaType", MediaTypes.OCI_INDEX)
            .put("manifests", new JsonArray(page));
    Answers.send(request.response(), rule, 200, MediaTypes.OCI_INDEX, index.toBuffer());
  }

  private <T> List<T> page(HttpServerRequest request, List<T> all, Function<T, String> key) {
    var last = request.getParam("last");
    var n = request.getParam("n");
    var names = all.stream().map(key).toList();
    var from = last == null ? 0 : names.indexOf(last) + 1;
    var to =
        Math.min(
            (long) from + (n == null ? mostOnPage : Math.min(mostOnPage, Integer.parseInt(n))),
            all.size());
    if (to < all.size()) {
      var next = URLEncoder.encode(names.get((int) to - 1), StandardCharsets.UTF_8);
      var link = "<%s?n=%d&last=%s>; rel=\"next\"".formatted(request.path(), to - from, next);
      request.response().putHeader("Link", link);
    }
    return all.subList(from, (int) to);
  }
}
