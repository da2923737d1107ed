package io.layover.upstream;

import io.layover.oci.ErrorCode;
import io.layover.oci.RegistryException;
import io.layover.oci.RepositoryName;
import io.layover.registry.LocalRegistry;
import io.layover.registry.Outcome;
import io.layover.registry.TagPage;
import io.layover.upstream.UpstreamFailure.Kind;
import io.vertx.core.Future;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The tags of a repository: those that the upstream lists, and those that are in the cache. */
final class TagLists {
  private final String upstream;
  private final RemoteLists remote;
  private final LocalRegistry local;
  private final FailureLog failures;
  private final SingleFlight<Page, List<String>> asking = new SingleFlight<>();

  private record Page(RepositoryName name, @Nullable String last, int limit) {}

  TagLists(UpstreamClient client, RemoteLists remote, LocalRegistry local) {
    this.upstream = client.upstream().name();
    this.remote = remote;
    this.local = local;
    this.failures = client.failures();
  }

  /**
   * The first {@code limit} tags after {@code last}; from the cache alone if the upstream fails.
   */
  Future<TagPage> get(RepositoryName name, @Nullable String last, int limit) {
    var page = new Page(name, last, limit);
    return asking
        .get(page, () -> remote.tags(name, last, limit))
        .compose(there -> cached(page).map(here -> new TagPage(union(there, here, limit), asked())))
        .recover(e -> fromCache(page, e));
  }

  private Outcome asked() {
    return Outcome.of(Outcome.Kind.PASS, upstream);
  }

  private static List<String> union(List<String> there, List<String> here, int limit) {
    return Stream.concat(there.stream(), here.stream()).sorted().distinct().limit(limit).toList();
  }

  private Future<List<String>> cached(Page page) {
    return local
        .tags(page.name, page.last, page.limit)
        .map(TagPage::tags)
        .recover(e -> isUnknown(e) ? Future.succeededFuture(List.of()) : Future.failedFuture(e));
  }

  private static boolean isUnknown(Throwable e) {
    return e instanceof RegistryException known && known.code() == ErrorCode.NAME_UNKNOWN;
  }

  private Future<TagPage> fromCache(Page page, Throwable e) {
    if (!(e instanceof UpstreamFailure failure) || failure.kind() == Kind.ABSENT) {
      return Future.failedFuture(e);
    }
    return local
        .tags(page.name, page.last, page.limit)
        .map(
            here -> {
              failures.failed(failure, "tags of " + page.name + " (answered from the cache)");
              var why = failure.word();
              return new TagPage(
                  here.tags(),
                  new Outcome(Outcome.Kind.STALE, upstream, why, failure.status(), null));
            })
        .recover(unknown -> Future.failedFuture(isUnknown(unknown) ? failure : unknown));
  }
}
