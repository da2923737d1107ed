package io.layover;

import io.layover.parts.S3Server;
import io.layover.parts.S3Way;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** A bucket of its own, the way to it, and the replicas that serve it. */
abstract class BucketFixture {
  static final int MIB = 1 << 20;

  final S3Server s3 = S3Server.shared();
  final String bucket = s3.newBucket();
  final S3Way way = S3Way.to(s3);
  final List<AutoCloseable> open = new ArrayList<>();
  private int replicas;

  @TempDir Path local;

  Replica replica(String... variables) throws Exception {
    var replica = Replica.start(way.url(), bucket, local.resolve("r" + replicas++), variables);
    open.add(replica);
    return replica;
  }

  @AfterEach
  void close() throws Exception {
    for (var one : open.reversed()) {
      one.close();
    }
    way.close();
  }

  static byte[] bytes(int seed, int size) {
    var content = new byte[size];
    new Random(seed).nextBytes(content);
    return content;
  }
}
