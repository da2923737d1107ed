package io.layover.http;

import io.layover.oci.Digest;
import io.layover.registry.Outcome;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.RoutingContext;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The headers of whole contents that are stored here. They are the same for everybody who asks, so
 * they are made, checked and encoded once for many answers. Belongs to one event loop.
 */
final class ReadyHeaders {
  private static final int MOST = 256;

  private final MultiMap always;
  private final Map<Key, MultiMap> ready =
      new LinkedHashMap<>(MOST, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, MultiMap> eldest) {
          return size() > MOST;
        }
      };

  private record Key(Digest digest, Outcome outcome) {}

  /**
   * @param always what every answer carries
   */
  ReadyHeaders(MultiMap always) {
    this.always = always;
  }

  /**
   * Puts all headers of an answer.
   *
   * @param make puts those that follow from the content and the outcome, and nothing else
   */
  void put(RoutingContext ctx, Digest digest, Outcome outcome, Consumer<MultiMap> make) {
    var headers = ctx.response().headers();
    if (ctx.request().version() == HttpVersion.HTTP_2 || !isLasting(outcome)) {
      make.accept(headers);
      return;
    }
    headers.setAll(ready.computeIfAbsent(new Key(digest, outcome), key -> made(make)));
  }

  private MultiMap made(Consumer<MultiMap> make) {
    var made = HttpHeaders.headers().setAll(always);
    make.accept(made);
    // Vert.x shares what cannot be changed between answers, and keeps its bytes.
    return made.copy(false);
  }

  private static boolean isLasting(Outcome outcome) {
    return outcome.kind() == Outcome.Kind.HIT || outcome.kind() == Outcome.Kind.HOSTED;
  }
}
