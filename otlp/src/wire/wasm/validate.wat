;; The hot half of validate.ts: the same checks over the same tables, with strings looked at 16 bytes at a time.
;; It only says yes or traps; who needs to know what is wrong asks validate.ts.
;;
;; Memory: message tables first (64 bytes each: 32 checks by field number, then 32 child table indexes), then the
;; bytes to check. At least 16 bytes of memory follow those, so that a load of 16 bytes may start at any of them.
(module
  (memory (export "memory") 2)
  (global $items (mut i32) (i32.const 0))
  ;; End of the varint that $varint32 read last.
  (global $after (mut i32) (i32.const 0))

  (func $varint32 (param $at i32) (param $end i32) (param $lastMax i32) (result i32)
    (local $value i32) (local $shift i32) (local $byte i32)
    (loop $next
      (if (i32.ge_u (local.get $at) (local.get $end)) (then unreachable))
      (local.set $byte (i32.load8_u (local.get $at)))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (if (i32.and
            (i32.eq (local.get $shift) (i32.const 28))
            (i32.gt_u (local.get $byte) (local.get $lastMax)))
        (then unreachable))
      (local.set $value (i32.or (local.get $value)
        (i32.shl (i32.and (local.get $byte) (i32.const 0x7f)) (local.get $shift))))
      (if (i32.ge_u (local.get $byte) (i32.const 0x80))
        (then
          (local.set $shift (i32.add (local.get $shift) (i32.const 7)))
          (br $next))))
    (global.set $after (local.get $at))
    (local.get $value))

  ;; Answers the offset after the varint.
  (func $skipVarint (param $at i32) (param $end i32) (result i32)
    (local $count i32) (local $byte i32)
    (loop $next
      (if (i32.ge_u (local.get $at) (local.get $end)) (then unreachable))
      (local.set $byte (i32.load8_u (local.get $at)))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (local.set $count (i32.add (local.get $count) (i32.const 1)))
      (if (i32.eq (local.get $count) (i32.const 10))
        (then (if (i32.gt_u (local.get $byte) (i32.const 1)) (then unreachable))))
      (br_if $next (i32.ge_u (local.get $byte) (i32.const 0x80))))
    (local.get $at))

  ;; Well-formed UTF-8: no overlong form, surrogate or code point past U+10FFFF.
  (func $utf8 (param $at i32) (param $end i32)
    (local $lead i32) (local $rest i32) (local $low i32) (local $high i32) (local $byte i32)
    (loop $next
      (if (i32.ge_u (local.get $at) (local.get $end)) (then return))
      (local.set $lead (i32.load8_u (local.get $at)))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $lead) (i32.const 0x80)))
      (local.set $low (i32.const 0x80))
      (local.set $high (i32.const 0xbf))
      (if (i32.or (i32.lt_u (local.get $lead) (i32.const 0xc2)) (i32.gt_u (local.get $lead) (i32.const 0xf4)))
        (then unreachable))
      (if (i32.lt_u (local.get $lead) (i32.const 0xe0))
        (then (local.set $rest (i32.const 1)))
        (else
          (if (i32.lt_u (local.get $lead) (i32.const 0xf0))
            (then
              (local.set $rest (i32.const 2))
              (if (i32.eq (local.get $lead) (i32.const 0xe0)) (then (local.set $low (i32.const 0xa0))))
              (if (i32.eq (local.get $lead) (i32.const 0xed)) (then (local.set $high (i32.const 0x9f)))))
            (else
              (local.set $rest (i32.const 3))
              (if (i32.eq (local.get $lead) (i32.const 0xf0)) (then (local.set $low (i32.const 0x90))))
              (if (i32.eq (local.get $lead) (i32.const 0xf4)) (then (local.set $high (i32.const 0x8f))))))))
      (if (i32.gt_u (local.get $rest) (i32.sub (local.get $end) (local.get $at))) (then unreachable))
      (loop $continuation
        (local.set $byte (i32.load8_u (local.get $at)))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (if (i32.or
              (i32.lt_u (local.get $byte) (local.get $low))
              (i32.gt_u (local.get $byte) (local.get $high)))
          (then unreachable))
        (local.set $low (i32.const 0x80))
        (local.set $high (i32.const 0xbf))
        (local.set $rest (i32.sub (local.get $rest) (i32.const 1)))
        (br_if $continuation (local.get $rest)))
      (br $next)))

  ;; Passes ASCII at once, 16 bytes a step, and leaves the rest to $utf8.
  (func $string (param $at i32) (param $end i32)
    (local $left i32)
    (loop $next
      (local.set $left (i32.sub (local.get $end) (local.get $at)))
      (if (i32.le_u (local.get $left) (i32.const 16))
        (then
          (if (i32.and
                (i8x16.bitmask (v128.load align=1 (local.get $at)))
                (i32.sub (i32.shl (i32.const 1) (local.get $left)) (i32.const 1)))
            (then (call $utf8 (local.get $at) (local.get $end))))
          (return)))
      (if (i8x16.bitmask (v128.load align=1 (local.get $at)))
        (then
          (call $utf8 (local.get $at) (local.get $end))
          (return)))
      (local.set $at (i32.add (local.get $at) (i32.const 16)))
      (br $next)))

  ;; An attribute of the usual shape: key, then a value that is one string or one varint, lengths below 128. Answers 0, having
  ;; checked nothing that counts, when the bytes look otherwise: $scan then takes them.
  (func $attribute (param $at i32) (param $end i32) (result i32)
    (local $keyEnd i32) (local $valueAt i32) (local $length i32)
    (if (i32.lt_s (i32.sub (local.get $end) (local.get $at)) (i32.const 6)) (then (return (i32.const 0))))
    (local.set $length (i32.load8_u offset=1 (local.get $at)))
    (if (i32.or (i32.ne (i32.load8_u (local.get $at)) (i32.const 0x0a)) (i32.ge_u (local.get $length) (i32.const 0x80)))
      (then (return (i32.const 0))))
    (local.set $keyEnd (i32.add (i32.add (local.get $at) (i32.const 2)) (local.get $length)))
    ;; Tag and length of the value, tag of what it holds and one byte more.
    (local.set $valueAt (i32.add (local.get $keyEnd) (i32.const 4)))
    (if (i32.gt_u (local.get $valueAt) (local.get $end)) (then (return (i32.const 0))))
    (local.set $length (i32.load8_u offset=1 (local.get $keyEnd)))
    (if (i32.or
          (i32.or
            (i32.ne (i32.load8_u (local.get $keyEnd)) (i32.const 0x12))
            (i32.ge_u (local.get $length) (i32.const 0x80)))
          (i32.ne (i32.add (i32.add (local.get $keyEnd) (i32.const 2)) (local.get $length)) (local.get $end)))
      (then (return (i32.const 0))))
    (if (i32.and
          (i32.eq (i32.load8_u offset=2 (local.get $keyEnd)) (i32.const 0x0a))
          (i32.eq (i32.load8_u offset=3 (local.get $keyEnd)) (i32.sub (local.get $length) (i32.const 2))))
      (then
        (call $string (i32.add (local.get $at) (i32.const 2)) (local.get $keyEnd))
        (call $string (local.get $valueAt) (local.get $end))
        (return (i32.const 1))))
    (if (i32.eq (i32.load8_u offset=2 (local.get $keyEnd)) (i32.const 0x18))
      (then
        (call $string (i32.add (local.get $at) (i32.const 2)) (local.get $keyEnd))
        (return (i32.eq
          (call $skipVarint (i32.add (local.get $keyEnd) (i32.const 3)) (local.get $end))
          (local.get $end)))))
    (i32.const 0))

  ;; Checks are numbered as in validate.ts.
  (func $scan (param $table i32) (param $at i32) (param $end i32) (param $depth i32)
    (local $tag i32) (local $tagAt i32) (local $field i32) (local $check i32) (local $length i32) (local $valueEnd i32) (local $child i32)
    (loop $next
      (if (i32.ge_u (local.get $at) (local.get $end)) (then return))
      (local.set $tagAt (local.get $at))
      (local.set $tag (i32.load8_u (local.get $at)))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (if (i32.ge_u (local.get $tag) (i32.const 0x80))
        (then
          (local.set $tag (call $varint32 (local.get $tagAt) (local.get $end) (i32.const 0x0f)))
          (local.set $at (global.get $after))))
      (local.set $field (i32.shr_u (local.get $tag) (i32.const 3)))
      (if (i32.eqz (local.get $field)) (then unreachable))
      (local.set $check (i32.const 0))
      (if (i32.lt_u (local.get $field) (i32.const 32))
        (then (local.set $check (i32.load8_u (i32.add (local.get $table) (local.get $field))))))
      (block $badWireType
        (block $fixed32
          (block $fixed64
            (block $varint
              (block $length
                (br_table $varint $fixed64 $length $badWireType $badWireType $fixed32 $badWireType
                  (i32.and (local.get $tag) (i32.const 7))))
  
              ;; Length-delimited.
              (if (i32.ge_u (local.get $at) (local.get $end)) (then unreachable))
              (local.set $length (i32.load8_u (local.get $at)))
              (if (i32.ge_u (local.get $length) (i32.const 0x80))
                (then
                  (local.set $length (call $varint32 (local.get $at) (local.get $end) (i32.const 0x07)))
                  (local.set $at (global.get $after)))
                (else (local.set $at (i32.add (local.get $at) (i32.const 1)))))
              (if (i32.gt_u (local.get $length) (i32.sub (local.get $end) (local.get $at))) (then unreachable))
              (local.set $valueEnd (i32.add (local.get $at) (local.get $length)))
              (block $done
                (block $packedVarint
                  (block $packed64
                    (block $message
                      (block $item
                        (block $spanId
                          (block $traceId
                            (block $string
                              (block $wrong
                                (br_table $done $wrong $wrong $wrong $string $done $traceId $spanId $message $item $packed64 $packedVarint $wrong
                                  (local.get $check)))
                              unreachable)
                            (call $string (local.get $at) (local.get $valueEnd))
                            (br $done))
                          (br_if $done (i32.eqz (local.get $length)))
                          (br_if $done (i32.eq (local.get $length) (i32.const 16)))
                          unreachable)
                        (br_if $done (i32.eqz (local.get $length)))
                        (br_if $done (i32.eq (local.get $length) (i32.const 8)))
                        unreachable)
                      (global.set $items (i32.add (global.get $items) (i32.const 1))))
                    (local.set $child (i32.load8_u offset=32 (i32.add (local.get $table) (local.get $field))))
                    (if (i32.and (i32.eq (local.get $child) (i32.const 1)) (i32.lt_u (local.get $depth) (i32.const 90)))
                      (then (br_if $done (call $attribute (local.get $at) (local.get $valueEnd)))))
                    (if (i32.ge_u (local.get $depth) (i32.const 100)) (then unreachable))
                    (call $scan
                      (i32.shl (local.get $child) (i32.const 6))
                      (local.get $at)
                      (local.get $valueEnd)
                      (i32.add (local.get $depth) (i32.const 1)))
                    (br $done))
                  (br_if $done (i32.eqz (i32.and (local.get $length) (i32.const 7))))
                  unreachable)
                (loop $varints
                  (if (i32.lt_u (local.get $at) (local.get $valueEnd))
                    (then
                      (local.set $at (call $skipVarint (local.get $at) (local.get $valueEnd)))
                      (br $varints)))))
              (local.set $at (local.get $valueEnd))
              (br $next))
  
            (if (i32.and (i32.gt_u (local.get $check) (i32.const 1)) (i32.ne (local.get $check) (i32.const 11)))
              (then unreachable))
            (local.set $at (call $skipVarint (local.get $at) (local.get $end)))
            (br $next))
  
          (if (i32.and
                (i32.and (i32.ne (local.get $check) (i32.const 2)) (i32.ne (local.get $check) (i32.const 0)))
                (i32.ne (local.get $check) (i32.const 10)))
            (then unreachable))
          (if (i32.lt_u (i32.sub (local.get $end) (local.get $at)) (i32.const 8)) (then unreachable))
          (local.set $at (i32.add (local.get $at) (i32.const 8)))
          (br $next))
  
        (if (i32.and (i32.ne (local.get $check) (i32.const 3)) (i32.ne (local.get $check) (i32.const 0)))
          (then unreachable))
        (if (i32.lt_u (i32.sub (local.get $end) (local.get $at)) (i32.const 4)) (then unreachable))
        (local.set $at (i32.add (local.get $at) (i32.const 4)))
        (br $next)
      )
      unreachable)
    unreachable)

  ;; Answers the number of items; traps when the bytes are malformed.
  (func (export "validate") (param $table i32) (param $start i32) (param $end i32) (result i32)
    (global.set $items (i32.const 0))
    (call $scan (i32.shl (local.get $table) (i32.const 6)) (local.get $start) (local.get $end) (i32.const 0))
    (global.get $items)))
