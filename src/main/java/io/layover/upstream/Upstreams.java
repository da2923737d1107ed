package io.layover.upstream;

import io.layover.oci.ErrorCode;
import io.layover.oci.Excerpt;
import io.layover.oci.RegistryException;
import io.layover.oci.RepositoryName;
import io.layover.registry.Routing;
import io.layover.registry.Source;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Which names are pushed here and which belong to which upstream. The world is closed: a name
 * selects one of the configured upstreams or nothing.
 */
public final class Upstreams implements Routing {
  private final Source local;
  private final Predicate<RepositoryName> hosted;
  private final String pushRule;
  private final List<Entry> entries;

  /**
   * An upstream and the cache in front of it.
   *
   * @param start what names here begin with that belong to it
   */
  public record Entry(Upstream upstream, Source source, String start) {
    public Entry(Upstream upstream, Source source) {
      this(upstream, source, upstream.name() + '/');
    }
  }

  /**
   * @param hosted the names that are pushed here
   * @param pushRule a sentence that says which names these are
   */
  public Upstreams(
      Source local, Predicate<RepositoryName> hosted, String pushRule, List<Entry> entries) {
    this.local = local;
    this.hosted = hosted;
    this.pushRule = pushRule;
    this.entries = List.copyOf(entries);
  }

  /**
   * Whatever name a repository is found by, the one it has here decides: whether it is hosted, and
   * that no upstream's images are taken for those of another.
   */
  @Override
  public Target target(RepositoryName name, @Nullable String namespace) {
    if (namespace != null) {
      return target(named(namespace), name, "ns names this upstream");
    }
    if (hosted.test(name)) {
      return hosted(name);
    }
    var owner = owner(name);
    return owner == null
        ? target(byDefault(name), name, "no upstream's name begins it, so it is the default one's")
        : target(
            owner,
            new RepositoryName(name.value().substring(owner.start.length())),
            "its name begins with that of the upstream");
  }

  private Target hosted(RepositoryName here) {
    return new Target(local, here, true, "a pattern of proxy.hosted matches its name here");
  }

  private Target target(Entry entry, RepositoryName there, String rule) {
    var here = entry.upstream.local(there);
    if (hosted.test(here)) {
      return hosted(here);
    }
    var owner = owner(here);
    if (owner != null && !owner.equals(entry)) {
      throw new RegistryException(
          ErrorCode.NAME_UNKNOWN, here + " is a name of " + owner.upstream.name() + " here");
    }
    return new Target(entry.source, here, false, rule);
  }

  /** The upstream that the first part of a name selects; null if it selects none. */
  private @Nullable Entry owner(RepositoryName name) {
    for (var entry : entries) {
      if (name.value().startsWith(entry.start)) {
        return entry;
      }
    }
    return null;
  }

  private Entry byDefault(RepositoryName name) {
    for (var entry : entries) {
      if (!entry.upstream.prefix()) {
        return entry;
      }
    }
    throw new RegistryException(
        ErrorCode.NAME_UNKNOWN, name + " belongs to no upstream of this cache");
  }

  private Entry named(String namespace) {
    return entries.stream()
        .filter(entry -> isNamed(entry.upstream, namespace))
        .findFirst()
        .orElseThrow(
            () ->
                new RegistryException(
                    ErrorCode.NAME_UNKNOWN,
                    "no upstream of this cache is called " + Excerpt.of(namespace)));
  }

  /** Docker Hub goes by several names. */
  private static boolean isNamed(Upstream upstream, String namespace) {
    return upstream.name().equals(namespace)
        || (upstream.isDockerHub()
            && List.of("docker.io", "index.docker.io", "registry-1.docker.io").contains(namespace));
  }

  @Override
  public String pushRule() {
    return pushRule;
  }
}
