package io.layover.upstream;

import io.layover.net.AddressKind;
import io.layover.net.HostPattern;
import java.net.InetAddress;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where an upstream may send us by a redirect or a challenge: to any public address, to those of
 * the kind that it has itself, and to what its configuration lists. Nobody else is ever called on
 * its word, or it could make us ask what only we can reach.
 */
public final class Reach {
  private static final Logger LOG = LoggerFactory.getLogger(Reach.class);
  private static final int MOST_NAMED = 100;

  /** The kinds that nobody is sent to by neighbours or by name, only by a block that has them. */
  private static final Set<AddressKind> NOBODYS =
      EnumSet.of(AddressKind.METADATA, AddressKind.UNSPECIFIED, AddressKind.MULTICAST);

  private final String upstream;
  private final List<HostPattern> listed;

  /** Hosts that were refused; each is named once. */
  private final Set<String> named = ConcurrentHashMap.newKeySet();

  /**
   * @param listed what the configuration allows on top
   */
  public Reach(String upstream, List<HostPattern> listed) {
    this.upstream = upstream;
    this.listed = List.copyOf(listed);
  }

  /**
   * Checks an address that is about to be called.
   *
   * @param host what it is called by
   * @throws UpstreamFailure if it is out of reach
   */
  void check(String host, InetAddress address, Sender sender) {
    if (!sender.isConfiguration() && !allows(host, address, sender.address())) {
      throw refused(host, address.getHostAddress() + ", " + AddressKind.of(address));
    }
  }

  /**
   * Checks a host whose address only a forward proxy will know.
   *
   * @throws UpstreamFailure if the name itself says that it is out of reach
   */
  void checkName(String host, Sender sender) {
    if (!sender.isConfiguration() && !isListed(host) && isLocalName(host)) {
      throw refused(host, "a name in no public network");
    }
  }

  private boolean allows(String host, InetAddress address, @Nullable InetAddress sender) {
    var kind = AddressKind.of(address);
    if (kind == AddressKind.PUBLIC || listed.stream().anyMatch(l -> l.contains(address))) {
      return true;
    }
    return !NOBODYS.contains(kind)
        && (isListed(host) || (sender != null && AddressKind.of(sender) == kind));
  }

  private boolean isListed(String host) {
    return listed.stream().anyMatch(l -> l.isName(host));
  }

  /** True also for addresses in other spellings, such as {@code 0x7f.1}, which some resolve. */
  private static boolean isLocalName(String host) {
    var name = host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
    var last = name.substring(name.lastIndexOf('.') + 1);
    return last.equalsIgnoreCase("localhost")
        || last.equalsIgnoreCase("internal")
        || last.matches("[0-9]+|0[xX][0-9a-fA-F]*");
  }

  private UpstreamFailure refused(String host, String what) {
    if (named.size() < MOST_NAMED && named.add(host)) {
      LOG.warn(
          "upstream {} sends us to {} ({}), which is refused; its key redirects would allow it",
          upstream,
          host,
          what);
    }
    return UpstreamFailure.refused(
        Refusal.ADDRESS, "it sends us to %s (%s), where nobody is called".formatted(host, what));
  }
}
