package io.layover.registry;

/**
 * What is known of a blob that nobody reads.
 *
 * @param size in bytes, or {@link io.layover.storage.Blob#UNKNOWN}
 */
public record BlobHead(long size, Outcome outcome) {}
