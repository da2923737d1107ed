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

  /** An upstream and the cache in front of it. */
  public record Entry(Upstream upstream, Source source) {}

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

  @Override
  public Target target(RepositoryName name, @Nullable String namespace) {
    var upstream = namespace == null ? null : named(namespace);
    if ((upstream == null || !upstream.upstream.prefix()) && hosted.test(name)) {
      return new Target(local, name, true);
    }
    if (upstream != null) {
      return new Target(upstream.source, upstream.upstream.local(name), false);
    }
    for (var entry : entries) {
      var start = entry.upstream.name() + "/";
      if (name.value().startsWith(start)) {
        var there = new RepositoryName(name.value().substring(start.length()));
        return new Target(entry.source, entry.upstream.local(there), false);
      }
    }
    return entries.stream()
        .filter(entry -> !entry.upstream.prefix())
        .findFirst()
        .map(entry -> new Target(entry.source, entry.upstream.local(name), false))
        .orElseThrow(
            () ->
                new RegistryException(
                    ErrorCode.NAME_UNKNOWN, name + " belongs to no upstream of this cache"));
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
