// A short message service centre on npm smpp, driven by lines of JSON.
//
// in:  {"do":"listen","host":…,"system_id":…,"password":…}
//      {"do":"deliver","id":…,"pdu":{…}}      a deliver_sm, by the names of the standard
//      {"do":"raw","hex":…}                   octets of any kind on the link
// out: {"event":"listening"|"bound"|"refused"|"submit"|"delivered"|"deliver_sm_resp"|"generic_nack"|
//      "unbound"|"closed", …}
'use strict';
const readline = require('readline');
const smpp = require('smpp');

const say = (event, about) => process.stdout.write(JSON.stringify({event, ...about}) + '\n');
let link; // the one that is bound
let taken = 0; // submit_sm, for message ids

function serve({host, system_id, password}) {
  const server = smpp.createServer({}, session => {
    session.on('error', () => {}); // what ends a link shows as 'close'
    session.on('close', () => say('closed'));
    session.on('bind_transceiver', pdu => {
      if (pdu.system_id !== system_id || pdu.password !== password) {
        session.send(pdu.response({command_status: smpp.ESME_RINVPASWD}));
        say('refused');
        return;
      }
      link = session;
      session.send(pdu.response({system_id: 'node'}));
      say('bound', {system_id: pdu.system_id, version: pdu.interface_version});
    });
    session.on('submit_sm', pdu => {
      session.send(pdu.response({message_id: String(++taken)}));
      say('submit', {
        from: pdu.source_addr, to: pdu.destination_addr, ton: pdu.dest_addr_ton, npi: pdu.dest_addr_npi,
        coding: pdu.data_coding, esm_class: pdu.esm_class, text: pdu.short_message.message,
      });
    });
    for (const answer of ['generic_nack', 'deliver_sm_resp']) {
      session.on(answer, pdu => say(answer, {status: pdu.command_status, sequence: pdu.sequence_number}));
    }
    session.on('enquire_link', pdu => session.send(pdu.response()));
    session.on('unbind', pdu => {
      session.send(pdu.response());
      say('unbound');
      session.close();
    });
  });
  server.listen(0, host, () => say('listening', {port: server.address().port}));
}

// deliver sends one deliver_sm. data_coding is always given: without it npm smpp
// says 1 for plain text, not 0. udh is hex, payload the text of a message_payload,
// octets the hex of a short_message in an alphabet that npm smpp does not write.
function deliver({id, pdu}) {
  const {udh, payload, octets, ...rest} = pdu;
  if (octets !== undefined) rest.short_message = Buffer.from(octets, 'hex');
  if (udh !== undefined) rest.short_message = {udh: Buffer.from(udh, 'hex'), message: rest.short_message};
  if (payload !== undefined) rest.message_payload = {message: payload};
  link.deliver_sm({
    source_addr_ton: 1, source_addr_npi: 1, dest_addr_ton: 3, dest_addr_npi: 1, data_coding: 0, ...rest,
  }, answer => say('delivered', {id, status: answer.command_status}));
}

const orders = {
  listen: serve,
  deliver,
  raw: ({hex}) => link.socket.write(Buffer.from(hex, 'hex')),
};
readline.createInterface({input: process.stdin})
  .on('line', line => { const order = JSON.parse(line); orders[order.do](order); })
  .on('close', () => process.exit(0));
