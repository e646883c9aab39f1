// A message centre of the npm package `smpp`, which is not ours: prints its port, and a line for each part it takes.
const { Server } = require("smpp");
const [throttled, receipts] = process.argv.slice(2).map(Number);
let seen = 0, ids = 0x1a2b;

const server = new Server((session) => {
  session.on("error", () => {});
  session.on("bind_transceiver", (pdu) => session.send(pdu.response()));
  session.on("enquire_link", (pdu) => session.send(pdu.response()));
  session.on("unbind", (pdu) => session.send(pdu.response()));
  session.on("submit_sm", (pdu) => {
    seen += 1;
    if (seen <= throttled) return session.send(pdu.response({ command_status: 0x58 }));
    const id = (ids++).toString(16);
    process.stdout.write(`${pdu.destination_addr} ${id}\n`);
    session.send(pdu.response({ message_id: id }));
    if (receipts) {
      const text = `id:${id} sub:001 dlvrd:001 submit date:2611241200 done date:2611241201 stat:DELIVRD err:000 text:`;
      session.deliver_sm({
        source_addr: pdu.destination_addr, destination_addr: pdu.source_addr, esm_class: 4, short_message: text,
      });
    }
  });
});
server.listen(0, "127.0.0.1", () => process.stdout.write(`port ${server.address().port}\n`));
