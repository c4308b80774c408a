/// Look-ups of the wire's side: by number, and of packed messages by name.
extension TableView {
    /// The index within the message of the field with this number; -1 for none.
    @inline(__always)
    func index(ofField number: UInt32, in message: UnsafePointer<MessageEntry>) -> Int {
        if number < UInt32(bitPattern: message.pointee.numberSlotCount) {
            let slot = Int(message.pointee.firstNumberSlot) &+ Int(number)
            return Int(self.slots[slot]) &- 1
        }
        return self.searchIndex(ofField: number, in: message)
    }

    @inline(never)
    private func searchIndex(
        ofField number: UInt32,
        in message: UnsafePointer<MessageEntry>
    ) -> Int {
        let first = self.fields + Int(message.pointee.firstField)
        var low = 0
        var high = Int(message.pointee.fieldCount)
        while low < high {
            let middle = (low &+ high) / 2
            let found = first[middle].number
            if found == number { return middle }
            if found < number { low = middle &+ 1 } else { high = middle }
        }
        return -1
    }

    /// The index into `enumValues` of the first declared value with this number; -1 for none.
    func index(ofValue number: Int32, in enumeration: EnumEntry) -> Int {
        var low = Int(enumeration.firstValue)
        let past = low &+ Int(enumeration.valueCount)
        guard low < past else { return -1 }
        // Most enums count 0, 1, 2, …: the place is known without a search.
        let guess = low &+ Int(number) &- Int(self.enumValues[low].number)
        if guess >= low, guess < past, self.enumValues[guess].number == number,
            guess == low || self.enumValues[guess &- 1].number != number
        {
            return guess
        }
        var high = past
        while low < high {
            let middle = (low &+ high) / 2
            if self.enumValues[middle].number < number { low = middle &+ 1 } else { high = middle }
        }
        return low < past && self.enumValues[low].number == number ? low : -1
    }

    @inline(__always)
    func bytes(_ range: NameRange) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(
            start: self.names.baseAddress.map { $0 + Int(range.offset) },
            count: Int(range.count)
        )
    }

    /// The index of the message with this full name; -1 for none.
    func message(named name: UnsafeRawBufferPointer) -> Int32 {
        let mask = self.slots.count &- self.firstTypeSlot &- 1
        var slot = Int(NameHash.hash(name)) & mask
        while true {
            let entry = self.slots[self.firstTypeSlot &+ slot]
            guard entry > 0 else { return -1 }
            let index = Int(entry) &- 1
            if self.bytes(self.messages[index].fullName).elementsEqual(name) {
                return Int32(truncatingIfNeeded: index)
            }
            slot = (slot &+ 1) & mask
        }
    }
}
