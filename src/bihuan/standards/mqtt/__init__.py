"""MQTT 5: readings in, orders out, receipts back.

broker: where a broker is, and what its own rules of access have to say. frames: a message as a line of the journal.
listening: a subscription that acknowledges nothing before it is on disk. following: readings to series, receipts to
orders, each once. dispatching: orders that hold to their addressees, a queue by a connection of its own.
terminals: what a terminal does, for tests, benchmarks and whoever builds one.
Topics: `bihuan/readings/DEVICE/CODE`, `bihuan/orders/QUEUE/ADDRESSEE`, `bihuan/receipts/QUEUE/ADDRESSEE`.
Source: OASIS MQTT 5.0 (2019-03-07); docs/topics/mqtt.md; docs/adr/0349-messages-on-the-wire.md.
"""
