package io.layover.storage.filesystem;

import io.layover.oci.Digest;
import io.layover.oci.RepositoryName;
import io.layover.oci.Tag;
import io.layover.storage.PartFiles;
import io.layover.storage.RepositoryStore.Kind;
import java.nio.file.Path;

/**
 * Where everything lies below the root directory: distribution's layout, so that either program
 * serves what the other has written. What Layover keeps beyond it stands under {@code layover/} and
 * may be deleted at any time the server is stopped.
 *
 * @see <a
 *     href="https://github.com/distribution/distribution/blob/main/registry/storage/paths.go">distribution,
 *     paths.go</a>
 */
public record Layout(Path root) {
  Path v2() {
    return root.resolve("docker/registry/v2");
  }

  Path blobs() {
    return v2().resolve("blobs");
  }

  /** The file of a blob. */
  public Path blob(Digest digest) {
    return blobs()
        .resolve(digest.algorithm())
        .resolve(digest.hex().substring(0, 2))
        .resolve(digest.hex())
        .resolve("data");
  }

  Path repositories() {
    return v2().resolve("repositories");
  }

  Path repository(RepositoryName name) {
    return repositories().resolve(name.value());
  }

  Path layers(RepositoryName name) {
    return repository(name).resolve("_layers");
  }

  Path manifests(RepositoryName name) {
    return repository(name).resolve("_manifests");
  }

  Path revisions(RepositoryName name) {
    return manifests(name).resolve("revisions");
  }

  Path links(RepositoryName name, Kind kind) {
    return switch (kind) {
      case LAYER -> layers(name);
      case MANIFEST -> revisions(name);
    };
  }

  Path link(RepositoryName name, Kind kind, Digest digest) {
    return links(name, kind).resolve(digest.algorithm()).resolve(digest.hex()).resolve("link");
  }

  Path tags(RepositoryName name) {
    return manifests(name).resolve("tags");
  }

  Path tag(RepositoryName name, Tag tag) {
    return tags(name).resolve(tag.value());
  }

  Path tagLink(RepositoryName name, Tag tag) {
    return tag(name, tag).resolve("current/link");
  }

  Path tagIndex(RepositoryName name, Tag tag, Digest digest) {
    return tag(name, tag)
        .resolve("index")
        .resolve(digest.algorithm())
        .resolve(digest.hex())
        .resolve("link");
  }

  Path upload(RepositoryName name, String id) {
    return repository(name).resolve("_uploads").resolve(id);
  }

  Path own() {
    return root.resolve("layover");
  }

  Path referrers(RepositoryName name, Digest subject) {
    return own()
        .resolve("referrers")
        .resolve(name.value())
        .resolve("_subjects")
        .resolve(subject.algorithm())
        .resolve(subject.hex());
  }

  /** What an upstream says of them. */
  Path referrersSaid(RepositoryName name, Digest subject) {
    return own()
        .resolve("referrers")
        .resolve(name.value())
        .resolve("_said")
        .resolve(subject.algorithm())
        .resolve(subject.hex());
  }

  Path referrersComplete(RepositoryName name) {
    return own().resolve("referrers").resolve(name.value()).resolve("_complete");
  }

  /** Files that are not yet what they will be; emptied at every start. */
  Path temporary() {
    return own().resolve("tmp");
  }

  /** Blobs that are about to be deleted, unless someone has come to need them. */
  Path aside() {
    return own().resolve("aside");
  }

  Path aside(Digest digest) {
    return aside().resolve(digest.algorithm()).resolve(digest.hex());
  }

  /** What was used when. */
  public Path books() {
    return own().resolve("books");
  }

  /** Blobs that are on their way from an upstream. */
  public PartFiles parts() {
    return new PartFiles(own().resolve("fills"));
  }
}
