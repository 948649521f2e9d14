import { command } from 'ledge';
import { givenInbound } from 'ledge/testing';
import { test } from 'vitest';
import { carrier } from './carrier.ts';
import { shipment } from './shipment.ts';

test('D21 the carrier confirms a delivery and reports a return; a scan changes nothing', () => {
  const report = (status: string) =>
    givenInbound(carrier).whenReceived({ id: 'm-1', parcel: 'o-1', status, depot: 'Basel' });
  report('delivered').thenSends(command(shipment, 'o-1', 'ConfirmDelivery', {}));
  report('returned').thenSends(command(shipment, 'o-1', 'ReturnShipment', {}));
  report('scanned').thenIgnores('scanned changes no shipment');
});
