/** The values of the OCI specifications, without input or output. */
@NullMarked
package io.layover.oci;

import org.jspecify.annotations.NullMarked;
