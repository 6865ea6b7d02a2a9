// Tests crash actors on purpose. What they say of it is no news, and would hide what is.

import { onCrash } from '@parliament/otp';

onCrash(() => {});
