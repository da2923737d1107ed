package io.layover.config;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The section {@code proxy}. There is at least one upstream, names differ, and at most one is the
 * default.
 *
 * @param hosted the names that are pushed here and never asked upstream
 * @param offline whether no upstream is ever called
 * @param maxsize the most bytes to keep of what is cached; absent: no limit
 */
public record Proxy(
    List<Upstream> upstreams,
    List<NamePattern> hosted,
    boolean offline,
    @Nullable Long maxsize,
    @Key("") Downloads downloads) {

  static @Nullable Proxy read(Section s) {
    var upstreams = upstreams(s);
    var maxsize = s.size("maxsize");
    if (maxsize != null && maxsize == 0) {
      s.problem("maxsize", "must be more than 0; leave it out for no limit");
    }
    var exec = s.section("exec");
    exec.skip("command", "lifetime");
    var proxy =
        new Proxy(
            upstreams,
            s.values("hosted", NamePattern::parse),
            s.flag("offline", false),
            maxsize,
            Downloads.read(s));
    if (!upstreams.isEmpty()) {
      return proxy;
    }
    for (var key : s.keys()) {
      if (s.has(key) && !s.has("remoteurl") && !s.has("upstreams")) {
        s.warn(key, "has no effect without proxy.remoteurl or proxy.upstreams");
      }
    }
    return null;
  }

  private static List<Upstream> upstreams(Section s) {
    var remote = s.value("remoteurl", HttpUrl::base);
    var credentials = Credentials.read(s);
    var ages = Upstream.Ages.read(s, Upstream.Ages.DEFAULT);
    var entries = s.sections("upstreams").stream().map(Entry::read).toList();
    if (credentials != null && !s.has("remoteurl") && !entries.isEmpty()) {
      s.problem("username", "goes with proxy.remoteurl; give each of upstreams its own");
    }
    var upstreams = new ArrayList<Upstream>();
    if (remote != null && entries.stream().noneMatch(entry -> remote.equals(entry.url))) {
      var name = s.valid("remoteurl", Upstream.nameOf(remote), Upstream::parseName);
      upstreams.add(Upstream.only(name, remote, credentials, ages));
    }
    for (var entry : entries) {
      var isRemote = remote != null && remote.equals(entry.url);
      var upstream = entry.upstream(isRemote, isRemote ? credentials : null, ages);
      if (entry.url != null) {
        entry.compare(upstream, upstreams);
        upstreams.add(upstream);
      }
    }
    return List.copyOf(upstreams);
  }

  /** An entry of {@code upstreams}; without a URL it is only checked. */
  private record Entry(Section s, @Nullable URI url) {
    static Entry read(Section s) {
      s.required("remoteurl");
      return new Entry(s, s.value("remoteurl", HttpUrl::base));
    }

    Upstream upstream(boolean isRemote, @Nullable Credentials credentials, Upstream.Ages ages) {
      var named = url == null ? "" : Upstream.nameOf(url);
      var name = s.text("name", named);
      if (url != null || s.has("name")) {
        s.valid("name", name, Upstream::parseName);
      }
      var isDefault = s.flag("default", isRemote);
      if (isRemote && !isDefault) {
        s.problem("default", "is false, but proxy.remoteurl makes it the default");
      }
      var at = url == null ? URI.create("") : url;
      return Upstream.read(s, name, at, isDefault, credentials, ages);
    }

    /** Notes what cannot be beside the upstreams before it. */
    void compare(Upstream upstream, List<Upstream> before) {
      for (var other : before) {
        if (other.name().equals(upstream.name())) {
          s.problem("name", other.name() + " is the name of another upstream already");
        }
        if (other.isDefault() && upstream.isDefault()) {
          s.problem("default", "only one can be, and " + other.name() + " is already");
        }
      }
    }
  }
}
