package io.layover.standin;

import io.layover.oci.Digest;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonObject;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/** What a stand-in holds under one name. */
public final class Repository {
  /** A manifest as stored: its bytes and the type under which they go out. */
  record Manifest(Digest digest, String mediaType, Buffer bytes) {}

  private final Map<Digest, Manifest> manifests = new ConcurrentHashMap<>();
  private final Map<Digest, Content> blobs = new ConcurrentHashMap<>();
  private final Map<String, Digest> tags = new ConcurrentSkipListMap<>();
  private volatile boolean secret;

  /** Holds {@code image} with everything it refers to, under {@code tag}. */
  public Repository put(String tag, Image image) {
    put(image);
    tags.put(tag, image.digest());
    return this;
  }

  /** Holds {@code image} without a tag. */
  public Repository put(Image image) {
    image.children().forEach(this::put);
    blobs.putAll(image.blobs());
    return putManifest(image.mediaType(), image.manifest());
  }

  /** Holds any bytes as manifest. */
  public Repository putManifest(String mediaType, Buffer bytes) {
    var digest = Digest.sha256(bytes.getBytes());
    manifests.put(digest, new Manifest(digest, mediaType, bytes));
    return this;
  }

  public Repository putBlob(Content content) {
    blobs.put(content.digest(), content);
    return this;
  }

  /** Moves a tag, to a manifest that may be missing. */
  public Repository tag(String tag, Digest digest) {
    tags.put(tag, digest);
    return this;
  }

  public Repository untag(String tag) {
    tags.remove(tag);
    return this;
  }

  /** Forgets a manifest or a blob. */
  public Repository remove(Digest digest) {
    manifests.remove(digest);
    blobs.remove(digest);
    return this;
  }

  /** Only a user who gave a password may pull. */
  public Repository secret() {
    secret = true;
    return this;
  }

  boolean isSecret() {
    return secret;
  }

  Iterable<String> tags() {
    return tags.keySet();
  }

  /** The descriptors of all manifests that refer to {@code subject}. */
  List<JsonObject> referrers(String subject) {
    return manifests.values().stream()
        .sorted(Comparator.comparing(manifest -> manifest.digest().toString()))
        .filter(manifest -> subject.equals(subjectOf(manifest)))
        .map(
            manifest ->
                new JsonObject()
                    .put("mediaType", manifest.mediaType())
                    .put("digest", manifest.digest().toString())
                    .put("size", manifest.bytes().length())
                    .put(
                        "artifactType", new JsonObject(manifest.bytes()).getString("artifactType")))
        .toList();
  }

  private static @Nullable String subjectOf(Manifest manifest) {
    var json = Json.decodeValue(manifest.bytes()) instanceof JsonObject o ? o : new JsonObject();
    var subject = json.getJsonObject("subject");
    return subject == null ? null : subject.getString("digest");
  }

  @Nullable Manifest manifest(String reference) {
    var digest = reference.contains(":") ? Digest.parse(reference) : tags.get(reference);
    return digest == null ? null : manifests.get(digest);
  }

  @Nullable Content blob(String digest) {
    return blobs.get(Digest.parse(digest));
  }
}
