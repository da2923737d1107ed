package io.layover.config;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The section {@code storage.s3}. */
public record S3(
    String bucket,
    @Nullable String region,
    @Nullable String regionendpoint,
    @Nullable String redirectendpoint,
    @Nullable String accesskey,
    @Nullable Secret secretkey,
    @Nullable Secret sessiontoken,
    @Nullable String rootdirectory,
    boolean forcepathstyle,
    boolean accelerate,
    boolean encrypt,
    @Nullable String keyid,
    boolean secure,
    boolean skipverify,
    boolean v4auth,
    long chunksize,
    long multipartcopychunksize,
    int multipartcopymaxconcurrency,
    long multipartcopythresholdsize,
    String storageclass,
    String objectacl,
    @Nullable String useragent,
    boolean usedualstack,
    boolean usefipsendpoint,
    String loglevel,
    @Nullable Path spooldirectory,
    long cachesize,
    long cacheblobsize,
    Duration tagttl,
    Duration linkttl)
    implements Storage.Driver {
  private static final long KIB = 1 << 10;
  private static final long MIB = 1 << 20;

  @Override
  public String kind() {
    return "s3";
  }

  static S3 read(Section s) {
    if (!s.has("regionendpoint") && !s.has("region")) {
      s.problem("region", "is required, unless there is a regionendpoint");
    }
    var chunksize = s.size("chunksize", 10 * MIB);
    if (chunksize < 5 * MIB) {
      s.problem("chunksize", "must be at least 5MiB");
    }
    s.requireBoth("accesskey", "secretkey");
    return new S3(
        s.required("bucket"),
        s.text("region"),
        s.text("regionendpoint"),
        s.text("redirectendpoint"),
        s.text("accesskey"),
        s.secret("secretkey"),
        s.secret("sessiontoken"),
        s.text("rootdirectory"),
        s.flag("forcepathstyle", false),
        s.flag("accelerate", false),
        s.flag("encrypt", false),
        s.text("keyid"),
        s.flag("secure", true),
        s.flag("skipverify", false),
        s.flag("v4auth", true),
        chunksize,
        s.size("multipartcopychunksize", 32 * MIB),
        s.integer("multipartcopymaxconcurrency", 1, 100),
        s.size("multipartcopythresholdsize", 32 * MIB),
        s.text("storageclass", "STANDARD"),
        s.text("objectacl", "private"),
        s.text("useragent"),
        s.flag("usedualstack", false),
        s.flag("usefipsendpoint", false),
        s.text("loglevel", "off"),
        s.path("spooldirectory"),
        s.size("cachesize", 256 * MIB),
        s.size("cacheblobsize", 512 * KIB),
        s.duration("tagttl", Duration.ofSeconds(1)),
        s.duration("linkttl", Duration.ofSeconds(30)));
  }
}
