package io.layover.notify;

import io.layover.oci.Descriptor;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Events as distribution writes them.
 *
 * @see <a
 *     href="https://distribution.github.io/distribution/about/notifications/#envelope">distribution,
 *     Envelope</a>
 */
final class Envelope {
  static final String MEDIA_TYPE = "application/vnd.docker.distribution.events.v2+json";

  private final JsonObject source;

  /**
   * @param address host and port of this server, for people to know it by
   */
  Envelope(String address) {
    this.source =
        new JsonObject().put("addr", address).put("instanceID", UUID.randomUUID().toString());
  }

  /** The document that tells of one event. */
  Buffer around(Event event, Instant time) {
    var cause = event.request();
    var request = new JsonObject().put("id", UUID.randomUUID().toString());
    put(request, "addr", cause.address());
    put(request, "host", cause.host());
    request.put("method", cause.method()).put("useragent", cause.userAgent());
    var actor = new JsonObject();
    put(actor, "name", event.actor());
    var told =
        new JsonObject()
            .put("id", UUID.randomUUID().toString())
            .put("timestamp", time.toString())
            .put("action", event.action().label())
            .put("target", target(event.target()))
            .put("request", request)
            .put("actor", actor)
            .put("source", source);
    return new JsonObject().put("events", new JsonArray().add(told)).toBuffer();
  }

  private static JsonObject target(Event.Target target) {
    var json = new JsonObject();
    var content = target.content();
    if (content != null) {
      json.put("mediaType", content.mediaType());
    }
    put(json, "digest", target.digest());
    if (content != null && content.size() >= 0) {
      // The second is the older name of the first.
      json.put("size", content.size()).put("length", content.size());
    }
    json.put("repository", target.repository().value());
    put(json, "fromRepository", target.from());
    put(json, "url", target.url());
    put(json, "tag", target.tag() == null ? null : target.tag().value());
    if (!target.references().isEmpty()) {
      json.put("references", references(target.references()));
    }
    return json;
  }

  private static JsonArray references(List<Descriptor> descriptors) {
    var all = new JsonArray();
    for (var one : descriptors) {
      var json =
          new JsonObject()
              .put("mediaType", one.mediaType())
              .put("digest", one.digest().toString())
              .put("size", one.size());
      if (!one.urls().isEmpty()) {
        json.put("urls", new JsonArray(List.copyOf(one.urls())));
      }
      if (one.platform() != null) {
        json.put("platform", new JsonObject(one.platform()));
      }
      all.add(json);
    }
    return all;
  }

  private static void put(JsonObject json, String key, @Nullable Object value) {
    if (value != null) {
      json.put(key, value.toString());
    }
  }
}
