package io.layover.storage.s3;

import io.layover.oci.RepositoryName;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds the repositories of a bucket: one request for each part of a name, several at a time.
 * Reading all keys instead would cost one for every thousand links.
 */
final class RepositoryWalk {
  private static final int AT_ONCE = 16;

  private final Listing listing;
  private final String root;
  private final Promise<List<String>> done = Promise.promise();

  // Guarded by this.
  private final ArrayDeque<String> waiting = new ArrayDeque<>();
  private final List<String> found = new ArrayList<>();
  private int running;
  private boolean failed;

  private RepositoryWalk(Listing listing, String root) {
    this.listing = listing;
    this.root = root;
  }

  /** The names of all repositories that have manifests, in no order. */
  static Future<List<String>> find(Listing listing, Layout layout) {
    var walk = new RepositoryWalk(listing, layout.repositories());
    walk.waiting.add("");
    walk.go();
    return walk.done.future();
  }

  private void go() {
    for (var next = take(); next != null; next = take()) {
      look(next);
    }
    synchronized (this) {
      if (running > 0 || failed) {
        return;
      }
    }
    done.tryComplete(found);
  }

  private synchronized @org.jspecify.annotations.Nullable String take() {
    if (running == AT_ONCE || failed || waiting.isEmpty()) {
      return null;
    }
    running++;
    return waiting.remove();
  }

  /**
   * @param below a path that ends with a slash, or nothing
   */
  private void look(String below) {
    listing
        .names(root + below)
        .onComplete(
            names -> {
              synchronized (this) {
                running--;
                failed |= names.failed();
                if (names.succeeded()) {
                  add(below, names.result());
                }
              }
              if (names.failed()) {
                done.tryFail(names.cause());
              }
              go();
            });
  }

  private void add(String below, List<String> names) {
    for (var name : names) {
      var path = below + name;
      if (name.equals("_manifests")) {
        var repository = below.isEmpty() ? "" : below.substring(0, below.length() - 1);
        if (RepositoryName.isValid(repository)) {
          found.add(repository);
        }
      } else if (RepositoryName.isValid(path)) {
        waiting.add(path + "/");
      }
    }
  }
}
