@NullMarked
package io.layover.storage.s3;

import org.jspecify.annotations.NullMarked;
