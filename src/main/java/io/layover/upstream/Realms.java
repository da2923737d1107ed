package io.layover.upstream;

import com.google.common.net.InetAddresses;
import com.google.common.net.InternetDomainName;
import java.net.URI;
import java.util.Locale;

/** Which token servers may be told an upstream's credentials. */
final class Realms {
  private Realms() {}

  /**
   * True if {@code realm} is on the upstream's host or under the same registrable domain, and not
   * less protected than the upstream itself. A challenge alone must not be able to send a password
   * somewhere else.
   */
  static boolean mayKnowCredentials(URI upstream, URI realm) {
    if (upstream.getScheme().equals("https") && !realm.getScheme().equals("https")) {
      return false;
    }
    var here = upstream.getHost().toLowerCase(Locale.ROOT);
    var there = realm.getHost().toLowerCase(Locale.ROOT);
    return here.equals(there) || registrableDomain(here).equals(registrableDomain(there));
  }

  private static String registrableDomain(String host) {
    if (InetAddresses.isUriInetAddress(host) || !InternetDomainName.isValid(host)) {
      return host;
    }
    var domain = InternetDomainName.from(host);
    return domain.isUnderPublicSuffix() ? domain.topPrivateDomain().toString() : host;
  }
}
