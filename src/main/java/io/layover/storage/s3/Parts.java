package io.layover.storage.s3;

/**
 * Into what parts objects are cut.
 *
 * @param size of the parts that are sent
 * @param copySize of those that S3 copies by itself
 * @param copiesAtOnce how many it copies at a time
 * @param copyThreshold larger objects are copied in parts
 */
public record Parts(long size, long copySize, int copiesAtOnce, long copyThreshold) {}
