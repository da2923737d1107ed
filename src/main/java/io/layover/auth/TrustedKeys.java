package io.layover.auth;

import io.layover.oci.Json;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.PublicKey;
import java.security.cert.CertPathBuilder;
import java.security.cert.CertStore;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The keys whose signatures count, and the certificates that may vouch for others. */
public final class TrustedKeys {
  private static final Pattern CERTIFICATE =
      Pattern.compile("-----BEGIN CERTIFICATE-----([^-]*)-----END CERTIFICATE-----");

  /** More certificates in a token than any chain has. */
  private static final int LONGEST_CHAIN = 8;

  private final Map<String, Trusted> byId = new HashMap<>();
  private final Set<X509Certificate> certificates = new LinkedHashSet<>();

  /**
   * A key.
   *
   * @param only the algorithm that its owner keeps it for; null: any that fits
   */
  record Trusted(Key key, @Nullable Algorithm only) {
    boolean may(Algorithm algorithm) {
      return algorithm.fits(key) && (only == null || only == algorithm);
    }
  }

  private TrustedKeys() {}

  /**
   * Reads the keys.
   *
   * @param bundle certificates in PEM, whose keys count, and those of certificates they issued
   * @param jwks a set of keys in JSON (RFC 7517)
   * @throws IOException if a file cannot be read or has no key; the message says which and why
   */
  public static TrustedKeys read(@Nullable Path bundle, @Nullable Path jwks) throws IOException {
    var keys = new TrustedKeys();
    if (bundle != null) {
      keys.addCertificates(bundle);
    }
    if (jwks != null) {
      keys.addSet(jwks);
    }
    return keys;
  }

  /** Keys that are known already. */
  public static TrustedKeys of(List<PublicKey> publicKeys) {
    var keys = new TrustedKeys();
    publicKeys.forEach(key -> keys.add(new Trusted(key, null)));
    return keys;
  }

  private void addCertificates(Path bundle) throws IOException {
    var blocks = CERTIFICATE.matcher(Files.readString(bundle, StandardCharsets.ISO_8859_1));
    while (blocks.find()) {
      try {
        var certificate = certificate(Base64.getMimeDecoder().decode(blocks.group(1)));
        certificates.add(certificate);
        add(new Trusted(certificate.getPublicKey(), null));
      } catch (CertificateException | IllegalArgumentException e) {
        throw new IOException(bundle + " has a certificate that cannot be read: " + e.getMessage());
      }
    }
    if (certificates.isEmpty()) {
      throw new IOException(bundle + " has no certificate");
    }
  }

  private void addSet(Path jwks) throws IOException {
    if (!(json(jwks).get("keys") instanceof List<?> list)) {
      throw new IOException(jwks + " has no list of keys");
    }
    for (var entry : list) {
      if (entry instanceof Map<?, ?> jwk && !"enc".equals(jwk.get("use"))) {
        try {
          addJwk(jwk);
        } catch (GeneralSecurityException e) {
          throw new IOException(jwks + " has a key that cannot be read: " + e.getMessage());
        }
      }
    }
    if (byId.isEmpty()) {
      throw new IOException(jwks + " has no key for signatures");
    }
  }

  private static Map<String, Object> json(Path file) throws IOException {
    var bytes = Files.readAllBytes(file);
    try {
      return Json.object(bytes);
    } catch (IOException e) {
      throw new IOException(file + " is not JSON");
    }
  }

  private void addJwk(Map<?, ?> jwk) throws GeneralSecurityException {
    var trusted = new Trusted(Jwk.key(jwk), algorithm(jwk.get("alg")));
    add(trusted);
    if (jwk.get("kid") instanceof String kid) {
      byId.put(kid, trusted);
    }
  }

  private void add(Trusted trusted) {
    if (trusted.key instanceof PublicKey key) {
      byId.putIfAbsent(Jwk.thumbprint(key), trusted);
      byId.putIfAbsent(Jwk.libtrustId(key), trusted);
    }
  }

  private static @Nullable Algorithm algorithm(@Nullable Object name) {
    return Set.of(Algorithm.values()).stream()
        .filter(algorithm -> algorithm.name().equals(name))
        .findFirst()
        .orElse(null);
  }

  /** The names by which tokens may call these keys. */
  public Set<String> ids() {
    return Set.copyOf(byId.keySet());
  }

  /**
   * The key that a token's header names. A key or a chain that stands in the header itself counts
   * only if it is one of these, or is vouched for by one of these certificates; where there are
   * none, a chain says nothing.
   */
  @Nullable Trusted find(Map<String, Object> header, Instant now) {
    if (!certificates.isEmpty() && header.get("x5c") instanceof List<?> chain) {
      return chained(chain, now);
    }
    var id = header.get("jwk") instanceof Map<?, ?> jwk ? Jwk.thumbprint(jwk) : header.get("kid");
    return id instanceof String ? byId.get(id) : null;
  }

  /**
   * The key of the first certificate of a chain, if one of ours vouches for it.
   *
   * @see <a href="https://www.rfc-editor.org/rfc/rfc7515#section-4.1.6">RFC 7515, 4.1.6</a>
   */
  private @Nullable Trusted chained(List<?> texts, Instant now) {
    if (texts.isEmpty() || texts.size() > LONGEST_CHAIN) {
      return null;
    }
    try {
      var chain = new ArrayList<X509Certificate>();
      for (var text : texts) {
        chain.add(certificate(Base64.getDecoder().decode(String.valueOf(text))));
      }
      var first = chain.getFirst();
      if (certificates.contains(first)) {
        first.checkValidity(Date.from(now));
      } else {
        requirePath(first, chain, now);
      }
      return new Trusted(first.getPublicKey(), null);
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      return null;
    }
  }

  private void requirePath(X509Certificate first, List<X509Certificate> chain, Instant now)
      throws GeneralSecurityException {
    var wanted = new X509CertSelector();
    wanted.setCertificate(first);
    var anchors =
        certificates.stream().map(c -> new TrustAnchor(c, null)).collect(Collectors.toSet());
    var parameters = new PKIXBuilderParameters(anchors, wanted);
    parameters.addCertStore(
        CertStore.getInstance("Collection", new CollectionCertStoreParameters(chain)));
    parameters.setRevocationEnabled(false);
    parameters.setDate(Date.from(now));
    CertPathBuilder.getInstance("PKIX").build(parameters);
  }

  private static X509Certificate certificate(byte[] der) throws CertificateException {
    return (X509Certificate)
        CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
  }
}
