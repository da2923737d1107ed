package io.layover.upstream;

import io.layover.oci.Digest;
import io.layover.oci.MediaTypes;
import io.layover.oci.RepositoryName;
import io.layover.oci.Tag;
import io.layover.upstream.UpstreamFailure.Kind;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The lists of an upstream, page after page; bounded, whatever it sends. */
final class RemoteLists {
  private static final int LARGEST_PAGE = 4 << 20;
  private static final int LARGEST_LIST = 16 << 20;
  private static final int MOST_PAGES = 500;

  /** More at a time than this is an error to many registries. */
  private static final int PAGE = 1000;

  private final UpstreamClient client;
  private final RemoteRegistry remote;

  /** True once this upstream was seen to list tags in another order than the specification's. */
  private volatile boolean unordered;

  RemoteLists(UpstreamClient client, RemoteRegistry remote) {
    this.client = client;
    this.remote = remote;
  }

  /** The first {@code limit} tags after {@code last}, in order. */
  Future<List<String>> tags(RepositoryName name, @Nullable String last, int limit) {
    if (unordered) {
      return allTags(name, last, limit);
    }
    var from = last == null ? "" : "&last=" + encode(last);
    var pages = new TagPages(last, limit);
    return remote.counted(
        pages
            .read(name, "tags/list?n=" + Math.clamp(limit, 1, PAGE) + from)
            .compose(
                v -> {
                  unordered = pages.disorder;
                  return unordered
                      ? allTags(name, last, limit)
                      : Future.succeededFuture(cut(pages.tags.stream(), limit));
                }));
  }

  private Future<List<String>> allTags(RepositoryName name, @Nullable String last, int limit) {
    var pages = new TagPages(null, Integer.MAX_VALUE);
    return remote
        .counted(pages.read(name, "tags/list?n=" + PAGE))
        .map(
            v ->
                cut(
                    pages.tags.stream()
                        .filter(tag -> last == null || tag.compareTo(last) > 0)
                        .sorted()
                        .distinct(),
                    limit));
  }

  private static List<String> cut(Stream<String> tags, int limit) {
    return tags.limit(limit).toList();
  }

  private static String encode(String value) {
    return URLEncoder.encode(value, StandardCharsets.UTF_8);
  }

  /**
   * Every descriptor that the upstream has for {@code subject}, or null if it has no such API.
   *
   * @see <a
   *     href="https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-referrers">distribution-spec,
   *     Listing Referrers</a>
   */
  Future<@Nullable List<JsonObject>> referrers(RepositoryName name, Digest subject) {
    var pages = new ReferrerPages();
    return remote.counted(
        pages.read(name, "referrers/" + subject).map(v -> pages.absent ? null : pages.descriptors));
  }

  /** The pages of one list. */
  private abstract class Pages {
    private int count;
    private int bytes;

    /** What is accepted as an answer. */
    Map<String, String> headers() {
      return Map.of();
    }

    /** True if there is anything to read in this answer. */
    boolean takes(Answer answer) {
      RemoteRegistry.requireSuccess(answer);
      return true;
    }

    /** Takes a page; false if no more are wanted. */
    abstract boolean add(JsonObject page);

    Future<Void> read(RepositoryName name, String path) {
      return remote
          .request(HttpMethod.GET, name, path, headers())
          .compose(
              answer ->
                  takes(answer)
                      ? RemoteRegistry.requireIdentity(answer)
                          .body(LARGEST_PAGE)
                          .compose(body -> take(name, body, answer))
                      : Future.succeededFuture());
    }

    private Future<Void> take(RepositoryName name, Buffer body, Answer answer) {
      count++;
      bytes += body.length();
      if (!add(parse(body))) {
        return Future.succeededFuture();
      }
      var next = Redirects.nextPage(client.upstream(), name, answer);
      if (next == null) {
        return Future.succeededFuture();
      }
      return count == MOST_PAGES || bytes > LARGEST_LIST
          ? Future.failedFuture(
              UpstreamFailure.refused(
                  Refusal.SIZE,
                  "its list goes on after %d pages of %d bytes".formatted(count, bytes)))
          : read(name, next);
    }

    private static JsonObject parse(Buffer body) {
      try {
        return new JsonObject(body);
      } catch (DecodeException | ClassCastException e) {
        throw UpstreamFailure.refused(Refusal.CONTENT, "its list is not the JSON expected", e);
      }
    }
  }

  private final class TagPages extends Pages {
    private final int limit;
    private final List<String> tags = new ArrayList<>();
    private @Nullable String last;
    private boolean disorder;

    private TagPages(@Nullable String last, int limit) {
      this.last = last;
      this.limit = limit;
    }

    @Override
    boolean add(JsonObject page) {
      for (var item : array(page, "tags")) {
        if (item instanceof String tag && Tag.isValid(tag)) {
          disorder |= last != null && tag.compareTo(last) <= 0;
          tags.add(tag);
          last = tag;
        }
      }
      return tags.size() < limit && !(disorder && limit < Integer.MAX_VALUE);
    }
  }

  private final class ReferrerPages extends Pages {
    private final List<JsonObject> descriptors = new ArrayList<>();
    private boolean absent;

    @Override
    Map<String, String> headers() {
      return Map.of("Accept", MediaTypes.OCI_INDEX);
    }

    @Override
    boolean takes(Answer answer) {
      absent =
          switch (answer.status()) {
            case 404, 405, 406, 501 -> true;
            case 200 -> !isIndex(answer);
            default -> false;
          };
      if (absent) {
        answer.discard();
        return false;
      }
      return super.takes(answer);
    }

    /** What answers anything with 200, such as a page of a web site, has no such API. */
    private static boolean isIndex(Answer answer) {
      var type = answer.header("Content-Type");
      return type != null && MediaTypes.essence(type).equals(MediaTypes.OCI_INDEX);
    }

    @Override
    boolean add(JsonObject page) {
      for (var item : array(page, "manifests")) {
        var descriptor = ReferrerDescriptor.of(item);
        if (descriptor != null) {
          descriptors.add(descriptor);
        }
      }
      return true;
    }
  }

  /** Absent and {@code null} are an empty list. */
  private static JsonArray array(JsonObject page, String key) {
    return switch (page.getValue(key)) {
      case null -> new JsonArray();
      case JsonArray array -> array;
      default -> throw new UpstreamFailure(Kind.BROKEN, "its list is not the JSON expected");
    };
  }
}
