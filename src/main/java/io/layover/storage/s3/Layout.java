package io.layover.storage.s3;

import io.layover.oci.Digest;
import io.layover.oci.RegistryException;
import io.layover.oci.RepositoryName;
import io.layover.oci.Tag;
import io.layover.storage.RepositoryStore.Kind;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Under which key everything is stored: distribution's layout, so that either program serves what
 * the other has written. What Layover keeps beyond it stands under {@code layover/} and may be
 * deleted at any time no server runs.
 *
 * @param prefix what every key begins with; empty, or with a slash at its end
 * @see <a
 *     href="https://github.com/distribution/distribution/blob/main/registry/storage/paths.go">distribution,
 *     paths.go</a>
 */
record Layout(String prefix) {
  private static final Pattern LINK =
      Pattern.compile(
          "(?<name>[^_].*)/(?<kind>_layers|_manifests/revisions)/(?<algorithm>[^/]+)/(?<hex>[^/]+)/link");
  private static final Pattern BLOB = Pattern.compile("(?<algorithm>[^/]+)/../(?<hex>[^/]+)/data");

  /**
   * The layout below {@code storage.s3.rootdirectory}, which distribution takes with slashes or
   * without.
   */
  static Layout below(String rootdirectory) {
    var root = rootdirectory.replaceAll("^/+|/+$", "");
    return new Layout(root.isEmpty() ? "" : root + "/");
  }

  private String v2() {
    return prefix + "docker/registry/v2/";
  }

  String blobs() {
    return v2() + "blobs/";
  }

  String blob(Digest digest) {
    return "%s%s/%s/%s/data"
        .formatted(blobs(), digest.algorithm(), digest.hex().substring(0, 2), digest.hex());
  }

  String repositories() {
    return v2() + "repositories/";
  }

  String repository(RepositoryName name) {
    return repositories() + name + "/";
  }

  String link(RepositoryName name, Kind kind, Digest digest) {
    var below =
        switch (kind) {
          case LAYER -> "_layers/";
          case MANIFEST -> "_manifests/revisions/";
        };
    return repository(name) + below + digest.algorithm() + "/" + digest.hex() + "/link";
  }

  String revisions(RepositoryName name) {
    return repository(name) + "_manifests/revisions/";
  }

  String tags(RepositoryName name) {
    return repository(name) + "_manifests/tags/";
  }

  String tag(RepositoryName name, Tag tag) {
    return tags(name) + tag + "/";
  }

  String tagLink(RepositoryName name, Tag tag) {
    return tag(name, tag) + "current/link";
  }

  String tagIndex(RepositoryName name, Tag tag, Digest digest) {
    return tag(name, tag) + indexEntry(digest);
  }

  /** What follows a tag's key where it has ever pointed at {@code digest}. */
  static String indexEntry(Digest digest) {
    return "index/" + digest.algorithm() + "/" + digest.hex() + "/link";
  }

  /** A link, as its key says. */
  record Link(RepositoryName name, Kind kind, Digest digest) {}

  /**
   * The link to a layer or a manifest that has this key below all repositories; null if none has.
   */
  static @Nullable Link parseLink(String key) {
    var form = LINK.matcher(key);
    if (!form.matches() || !RepositoryName.isValid(form.group("name"))) {
      return null;
    }
    try {
      return new Link(
          new RepositoryName(form.group("name")),
          form.group("kind").equals("_layers") ? Kind.LAYER : Kind.MANIFEST,
          Digest.parse(form.group("algorithm") + ":" + form.group("hex")));
    } catch (RegistryException e) {
      // Nothing that this or that program has written.
      return null;
    }
  }

  /** The blob that has this key below all blobs; null if none has. */
  static @Nullable Digest parseBlob(String key) {
    var form = BLOB.matcher(key);
    try {
      return form.matches()
          ? Digest.parse(form.group("algorithm") + ":" + form.group("hex"))
          : null;
    } catch (RegistryException e) {
      return null;
    }
  }

  String upload(RepositoryName name, String id) {
    return repository(name) + "_uploads/" + id + "/";
  }

  /** The folder of the upload to which a key belongs below all repositories; null if to none. */
  static @Nullable String uploadFolder(String key) {
    var at = key.indexOf("/_uploads/");
    var end = at < 0 ? -1 : key.indexOf('/', at + "/_uploads/".length());
    return end < 0 ? null : key.substring(0, end + 1);
  }

  String own() {
    return prefix + "layover/";
  }

  String lease(String name) {
    return own() + "leases/" + name;
  }

  String claims() {
    return own() + "pushed/";
  }

  /** What says that a blob was pushed. */
  String claim(Digest digest) {
    return "%s%s/%s".formatted(claims(), digest.algorithm(), digest.hex());
  }

  /** The blob of which this key below all claims says that it was pushed; null if of none. */
  static @Nullable Digest parseClaim(String key) {
    try {
      return Digest.parse(key.replace('/', ':'));
    } catch (RegistryException e) {
      return null;
    }
  }

  String leaving() {
    return own() + "leaving/";
  }

  /** What says that a blob is being evicted. */
  String leaving(Digest digest) {
    return "%s%s/%s".formatted(leaving(), digest.algorithm(), digest.hex());
  }

  String referrers(RepositoryName name, Digest subject) {
    return "%sreferrers/%s/_subjects/%s/%s/"
        .formatted(own(), name, subject.algorithm(), subject.hex());
  }

  /** What an upstream says of them. */
  String referrersSaid(RepositoryName name, Digest subject) {
    return "%sreferrers/%s/_said/%s/%s".formatted(own(), name, subject.algorithm(), subject.hex());
  }

  String referrersComplete(RepositoryName name) {
    return own() + "referrers/" + name + "/_complete";
  }
}
