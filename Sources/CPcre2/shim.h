// PCRE2 declares nothing before this says how wide its code units are; see pcre2api(3).
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
