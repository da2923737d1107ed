package io.layover.http;

import io.layover.auth.Account;
import io.layover.notify.Event;
import io.layover.notify.Event.Action;
import io.layover.notify.Receivers;
import io.layover.oci.Descriptor;
import io.layover.oci.Digest;
import io.layover.oci.Excerpt;
import io.layover.oci.Manifest;
import io.layover.oci.MediaTypes;
import io.layover.oci.Reference;
import io.layover.oci.RegistryException;
import io.layover.oci.RepositoryName;
import io.layover.oci.Tag;
import io.layover.registry.ManifestContent;
import io.layover.registry.Pushes.Pushed;
import io.layover.registry.Source;
import io.layover.storage.Blob;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Makes events of requests that were answered, for those who are told of them. */
final class Notices {
  private final Receivers receivers;
  private final Source local;
  private final Guard guard;
  private final Peers peers;
  private final String base;

  /**
   * @param local what is stored here
   * @param base what stands before a repository's name in URLs
   */
  Notices(Receivers receivers, Source local, Guard guard, Peers peers, String base) {
    this.receivers = receivers;
    this.local = local;
    this.guard = guard;
    this.peers = peers;
    this.base = base;
  }

  /** A manifest was pushed, under each of these tags. */
  void pushed(RoutingContext ctx, RepositoryName name, Pushed pushed, long size, List<Tag> tags) {
    if (receivers.isAnyone()) {
      var manifest = pushed.manifest();
      var content = new Event.Content(manifest.mediaType(), size);
      var references = receivers.withReferences() ? references(manifest) : List.<Descriptor>of();
      if (tags.isEmpty()) {
        manifest(ctx, Action.PUSH, name, pushed.digest(), null, content, references);
      }
      for (var tag : tags) {
        manifest(ctx, Action.PUSH, name, pushed.digest(), tag, content, references);
      }
    }
  }

  /** A manifest was sent, or its head. */
  void pulled(
      RoutingContext ctx, RepositoryName name, Reference reference, ManifestContent manifest) {
    if (receivers.isAnyone()) {
      var body = manifest.body();
      manifest(
          ctx,
          Action.PULL,
          name,
          manifest.digest(),
          reference instanceof Tag tag ? tag : null,
          new Event.Content(manifest.mediaType(), manifest.size()),
          receivers.withReferences() && body != null
              ? references(body.getBytes(), manifest.mediaType())
              : List.of());
    }
  }

  /** An upstream may have sent what only its clients understand. */
  private static List<Descriptor> references(byte[] body, String mediaType) {
    try {
      return references(Manifest.parse(body, mediaType));
    } catch (RegistryException e) {
      return List.of();
    }
  }

  private static List<Descriptor> references(Manifest manifest) {
    return Stream.concat(manifest.blobs().stream(), manifest.manifests().stream()).toList();
  }

  private void manifest(
      RoutingContext ctx,
      Action action,
      RepositoryName name,
      Digest digest,
      @Nullable Tag tag,
      Event.Content content,
      List<Descriptor> references) {
    var url = url(ctx, name, "/manifests/" + digest);
    tell(ctx, action, new Event.Target(name, content, digest, tag, null, url, references));
  }

  /** A tag, a manifest or a blob was deleted. */
  void deleted(RoutingContext ctx, RepositoryName name, Reference reference) {
    if (receivers.isAnyone()) {
      var digest = reference instanceof Digest one ? one : null;
      var tag = reference instanceof Tag one ? one : null;
      tell(ctx, Action.DELETE, new Event.Target(name, null, digest, tag, null, null, List.of()));
    }
  }

  /** A blob was sent, or its head. */
  void pulledBlob(RoutingContext ctx, RepositoryName name, Digest digest, long size) {
    if (receivers.isAnyone()) {
      blob(ctx, Action.PULL, name, digest, size, null);
    }
  }

  /** A blob was pushed. */
  void pushedBlob(RoutingContext ctx, RepositoryName name, Digest digest) {
    stored(ctx, Action.PUSH, name, digest, null);
  }

  /** A blob was mounted, from wherever it was if {@code from} does not say. */
  void mounted(
      RoutingContext ctx, RepositoryName name, Digest digest, @Nullable RepositoryName from) {
    stored(ctx, Action.MOUNT, name, digest, from);
  }

  private void stored(
      RoutingContext ctx,
      Action action,
      RepositoryName name,
      Digest digest,
      @Nullable RepositoryName from) {
    if (receivers.isAnyone()) {
      local
          .blobHead(name, digest)
          .onComplete(
              head ->
                  blob(
                      ctx,
                      action,
                      name,
                      digest,
                      head.succeeded() ? head.result().size() : Blob.UNKNOWN,
                      from));
    }
  }

  private void blob(
      RoutingContext ctx,
      Action action,
      RepositoryName name,
      Digest digest,
      long size,
      @Nullable RepositoryName from) {
    var content = new Event.Content(MediaTypes.OCTET_STREAM, size);
    var url = url(ctx, name, "/blobs/" + digest);
    tell(ctx, action, new Event.Target(name, content, digest, null, from, url, List.of()));
  }

  private void tell(RoutingContext ctx, Action action, Event.Target target) {
    var request = ctx.request();
    var host = peers.of(request).authority();
    var agent = request.getHeader("User-Agent");
    var cause =
        new Event.Cause(
            peers.addressOf(request),
            host == null ? null : Excerpt.of(host),
            request.method().name(),
            agent == null ? "" : Excerpt.of(agent));
    receivers.tell(new Event(action, target, cause, actor(ctx)));
  }

  private static @Nullable String actor(RoutingContext ctx) {
    Account account = Guard.account(ctx);
    return account.isAnonymous() ? null : account.name();
  }

  /** A whole URL, as receivers are elsewhere; null if clients do not say how they reach us. */
  private @Nullable String url(RoutingContext ctx, RepositoryName name, String path) {
    if (!base.startsWith("/")) {
      return base + name + path;
    }
    var origin = guard.origin(ctx.request());
    return origin == null ? null : origin + base + name + path;
  }
}
