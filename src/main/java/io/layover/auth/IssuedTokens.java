package io.layover.auth;

import io.layover.log.Reason;
import io.layover.oci.Json;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The latest refresh tokens that were given out, for whoever wants to revoke one: a line of JSON
 * each, in a file that gives way to a second one when it is long. No token is refused because it
 * does not stand here.
 */
public final class IssuedTokens {
  private static final Logger LOG = LoggerFactory.getLogger(IssuedTokens.class);
  private static final String FILE = "issued";
  private static final String OLDER = "issued.1";
  private static final long LONGEST = 1 << 20;

  private final Vertx vertx;
  private final StateDirectory state;

  /**
   * A refresh token.
   *
   * @param client the address that it was given to; empty if it is not known
   */
  public record Entry(String id, String user, String service, Instant issued, String client) {
    private String line() {
      return new JsonObject()
              .put("id", id)
              .put("user", user)
              .put("service", service)
              .put("iat", issued.getEpochSecond())
              .put("client", client)
              .encode()
          + "\n";
    }

    private static @Nullable Entry of(Map<?, ?> line) {
      return line.get("id") instanceof String id
              && line.get("user") instanceof String user
              && line.get("service") instanceof String service
              && line.get("iat") instanceof Number issued
              && line.get("client") instanceof String client
          ? new Entry(id, user, service, Instant.ofEpochSecond(issued.longValue()), client)
          : null;
    }
  }

  IssuedTokens(Vertx vertx, StateDirectory state) {
    this.vertx = vertx;
    this.state = state;
  }

  /** Notes a token; one that cannot be noted is given out all the same. */
  Future<Void> add(Entry entry) {
    return vertx.executeBlocking(
        () -> {
          try {
            append(entry);
          } catch (IOException e) {
            LOG.warn("{} cannot be written: {}", state.file(FILE), Reason.of(e));
          }
          return null;
        },
        false);
  }

  private synchronized void append(Entry entry) throws IOException {
    if (state.append(FILE, entry.line()) > LONGEST) {
      state.rename(FILE, OLDER);
    }
  }

  /** The tokens, the oldest first. A line that was cut off is left out. */
  public static List<Entry> read(StateDirectory state) throws IOException {
    var entries = new ArrayList<Entry>();
    for (var file : List.of(OLDER, FILE)) {
      var text = state.has(file) ? state.read(file) : "";
      text.lines().map(IssuedTokens::entry).filter(Objects::nonNull).forEach(entries::add);
    }
    return entries;
  }

  private static @Nullable Entry entry(String line) {
    try {
      return Entry.of(Json.object(line.getBytes(StandardCharsets.UTF_8)));
    } catch (IOException e) {
      return null;
    }
  }
}
